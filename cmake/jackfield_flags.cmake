# Compiler flags of the project's own targets, and of nobody else's: warnings as errors, hardening (security.md S54), sanitizers.
add_library(jackfield_flags INTERFACE)
if(JACKFIELD_STRICT)
  target_compile_options(jackfield_flags INTERFACE
    -Wall -Wextra -Wpedantic -Werror -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)
endif()
target_compile_options(jackfield_flags INTERFACE -fno-plt -fvisibility=hidden -fvisibility-inlines-hidden)
# GCC clears structures of some hundred bytes with `rep stos`, which takes longer to begin than the stores take.
include(CheckCXXCompilerFlag)
check_cxx_compiler_flag(-mmemset-strategy=unrolled_loop:256:noalign,libcall:-1:noalign JACKFIELD_HAS_MEMSET_STRATEGY)
if(JACKFIELD_HAS_MEMSET_STRATEGY)
  target_compile_options(jackfield_flags INTERFACE -mmemset-strategy=unrolled_loop:256:noalign,libcall:-1:noalign)
endif()
if(JACKFIELD_STRICT AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 sees ghosts in inlined standard containers.
  target_compile_options(jackfield_flags INTERFACE -Wno-restrict -Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-dangling-pointer)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(JACKFIELD_SANITIZE STREQUAL "address")
  target_compile_options(jackfield_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  # Clang 14 cannot put the marks of this one on the parts of a coroutine.
  target_compile_options(jackfield_flags INTERFACE $<$<CXX_COMPILER_ID:Clang>:-fno-sanitize=function>)
  set(JACKFIELD_SANITIZER_OPTIONS -fsanitize=address,undefined)
elseif(JACKFIELD_SANITIZE STREQUAL "thread")
  target_compile_options(jackfield_flags INTERFACE -fsanitize=thread -fno-omit-frame-pointer -Wno-tsan)
  set(JACKFIELD_SANITIZER_OPTIONS -fsanitize=thread)
else()
  target_compile_options(jackfield_flags INTERFACE -fstack-protector-strong)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|i.86)$")
    target_compile_options(jackfield_flags INTERFACE -fcf-protection)
  endif()
  # Wants an optimising configuration; a distribution may have given its own before.
  target_compile_options(jackfield_flags INTERFACE
    "$<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3>")
  # The standard library's own checks stay on where strangers' bytes are parsed; Debug presets have them everywhere.
  set(parsers "^jackfield_(base|wire|protocol)$")
  target_compile_definitions(jackfield_flags INTERFACE
    $<$<AND:$<NOT:$<CONFIG:Debug>>,$<STREQUAL:$<FILTER:$<TARGET_PROPERTY:NAME>,EXCLUDE,${parsers}>,>>:_GLIBCXX_ASSERTIONS>)
  target_link_options(jackfield_flags INTERFACE -pie -Wl,-z,relro,-z,now)
endif()
target_link_options(jackfield_flags INTERFACE ${JACKFIELD_SANITIZER_OPTIONS})
