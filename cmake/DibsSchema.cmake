# dibs_embed_schema(OUTPUT FUNCTION FILES …)
#
# Writes a .cc that holds numbered SQL files, so that the binary carries its own migrations. A file is named
# NNNN_name.sql; the numbers run from 1 without a gap.
function(dibs_embed_schema output function)
    set(steps "")
    set(expected 0)
    foreach(file IN LISTS ARGN)
        math(EXPR expected "${expected} + 1")
        get_filename_component(base_name "${file}" NAME_WE)
        string(REGEX MATCH "^0*([0-9]+)_(.+)$" matched "${base_name}")
        if(NOT matched OR NOT CMAKE_MATCH_1 EQUAL expected)
            message(FATAL_ERROR "${file}: migrations are numbered from 1 without a gap, as NNNN_name.sql")
        endif()
        set(step_name "${CMAKE_MATCH_2}")
        file(READ "${file}" sql)
        string(APPEND steps "    {${expected}, \"${step_name}\", R\"schema_sql(${sql})schema_sql\"},\n")
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
    endforeach()
    file(CONFIGURE OUTPUT "${output}" CONTENT [=[
// Made by cmake/DibsSchema.cmake from the files of schema/.
#include "repository/migrations.h"

#include <array>

namespace dibs::repository {

namespace {

constexpr auto steps = std::to_array<Migration>({
@steps@});

}  // namespace

std::span<const Migration> @function@() {
    return steps;
}

}  // namespace dibs::repository
]=] @ONLY)
endfunction()

# dibs_embed_text(OUTPUT FUNCTION FILE)
#
# Writes a .cc whose function gives one file's text.
function(dibs_embed_text output function file)
    file(READ "${file}" text)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
    file(CONFIGURE OUTPUT "${output}" CONTENT [=[
// Made by cmake/DibsSchema.cmake from a file of schema/.
#include <string_view>

namespace dibs::repository {

std::string_view @function@() {
    return R"schema_sql(@text@)schema_sql";
}

}  // namespace dibs::repository
]=] @ONLY)
endfunction()
