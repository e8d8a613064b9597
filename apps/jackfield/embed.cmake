# Writes OUT, a C++ file with the bytes of FILES:  cmake -DFILES=a;b -DOUT=x.cpp -P embed.cmake
set(arrays "")
set(table "")
set(n 0)
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
  string(REGEX REPLACE "(('[^,]*,){32})" "\\1\n  " bytes "${bytes}")
  string(APPEND arrays "constexpr char file_${n}[] = {\n  ${bytes}\n};\n")
  string(APPEND table "    {\"${name}\", {file_${n}, sizeof file_${n}}},\n")
  math(EXPR n "${n} + 1")
endforeach()
file(WRITE ${OUT} "// Made by embed.cmake.\n#include \"pages.hpp\"\n\nnamespace jackfield::app {\nnamespace {\n${arrays}\n"
  "constexpr embedded_file all[] = {\n${table}};\n}  // namespace\n\nstd::span<const embedded_file> embedded_files() noexcept { return all; }\n\n"
  "}  // namespace jackfield::app\n")
