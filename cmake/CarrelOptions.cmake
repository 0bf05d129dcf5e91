# Language level, warnings, hardening, sanitizers and ccache for every target of ours, and the two
# functions with which a folder declares itself: carrel_room() and carrel_tests().
option(CARREL_TESTS "Build the tests" ON)
option(CARREL_BENCH "Build the benchmarks" OFF)
set(CARREL_SANITIZE "" CACHE STRING "Sanitizers to build with, as -fsanitize= takes them")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1 -D_GLIBCXX_ASSERTIONS")

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE}")
  set(CMAKE_C_COMPILER_LAUNCHER "${CCACHE}")
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                    -Wno-missing-field-initializers -Werror -fstack-protector-strong)
add_link_options(-Wl,-z,relro,-z,now)
if(CARREL_SANITIZE)
  add_compile_options(-fsanitize=${CARREL_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${CARREL_SANITIZE})
  add_compile_definitions(CARREL_SANITIZED=1)
  # The sanitizers' own instrumentation confuses these two warnings of g++ 12.
  add_compile_options(-Wno-maybe-uninitialized -Wno-stringop-overflow)
else()
  add_compile_definitions($<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)
endif()

# carrel_room(NAME SOURCES ... ROOMS ... LIBRARIES ...): the static library carrel_NAME of one folder.
# ROOMS are the folders it may know (public), LIBRARIES are foreign and private.
function(carrel_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;ROOMS;LIBRARIES" ${ARGN})
  add_library(carrel_${name} STATIC ${ROOM_SOURCES})
  target_include_directories(carrel_${name} PUBLIC "${CMAKE_SOURCE_DIR}")
  list(TRANSFORM ROOM_ROOMS PREPEND carrel_)
  target_link_libraries(carrel_${name} PUBLIC ${ROOM_ROOMS} PRIVATE ${ROOM_LIBRARIES})
endfunction()

# carrel_tests(NAME SOURCES ... ROOMS ... LIBRARIES ...): the test program NAME_test, one a folder.
function(carrel_tests name)
  cmake_parse_arguments(T "" "" "SOURCES;ROOMS;LIBRARIES" ${ARGN})
  add_executable(${name}_test ${T_SOURCES})
  list(TRANSFORM T_ROOMS PREPEND carrel_)
  target_link_libraries(${name}_test PRIVATE ${T_ROOMS} ${T_LIBRARIES} carrel_testing)
  gtest_discover_tests(${name}_test DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
endfunction()
