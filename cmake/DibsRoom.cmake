# dibs_room(NAME SOURCES … [DEPENDS …] [USES …])
#
# One library for one folder of src/. DEPENDS names other rooms, USES outside libraries. What a room may
# depend on is stated in tests/tidy/layers.txt and checked there against the #include lines themselves.
function(dibs_room name)
    cmake_parse_arguments(ROOM "" "" "SOURCES;DEPENDS;USES" ${ARGN})
    add_library(dibs_${name} STATIC ${ROOM_SOURCES})
    target_include_directories(dibs_${name} PUBLIC "${PROJECT_SOURCE_DIR}/src")
    list(TRANSFORM ROOM_DEPENDS PREPEND dibs_)
    target_link_libraries(dibs_${name} PUBLIC dibs_options ${ROOM_DEPENDS} ${ROOM_USES})
endfunction()

# dibs_test(NAME [WHOLE] SOURCES … [DEPENDS …] [USES …] [LABELS …])
#
# One GoogleTest executable; each TEST becomes a ctest of its own. WHOLE makes the executable one ctest:
# for tests that share something slow to start, such as a database server. Under the sanitizers, where
# a process takes its time to start, all are whole (DIBS_WHOLE_TESTS).
function(dibs_test name)
    cmake_parse_arguments(TEST "WHOLE" "" "SOURCES;DEPENDS;USES;LABELS" ${ARGN})
    add_executable(${name} ${TEST_SOURCES})
    target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
    list(TRANSFORM TEST_DEPENDS PREPEND dibs_)
    target_link_libraries(${name} PRIVATE
        dibs_options ${TEST_DEPENDS} ${TEST_USES} GTest::gmock_main)
    if(TEST_WHOLE OR DIBS_WHOLE_TESTS)
        add_test(NAME ${name} COMMAND ${name})
        # As many tests as there are, and under the sanitizers.
        set_tests_properties(${name} PROPERTIES LABELS "${TEST_LABELS}" TIMEOUT 900)
    else()
        gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST
            PROPERTIES LABELS "${TEST_LABELS}" TIMEOUT 300)
    endif()
endfunction()
