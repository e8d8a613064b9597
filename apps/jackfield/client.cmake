# Copies the browser client from FROM to TO where it changed; without one, TO is left as it is.
file(GLOB files ${FROM}/socket.io*.js ${FROM}/socket.io*.js.map)
if(files)
  file(COPY ${files} DESTINATION ${TO})
else()
  message(STATUS "No browser client: run ./dev setup, then build again")
endif()
