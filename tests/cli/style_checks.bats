#!/usr/bin/env bats
# The checks behind style.* must be able to fail: each is shown a small tree that breaks its rule.

setup() {
    tree="$BATS_TEST_TMPDIR/tree"
    mkdir -p "$tree"/src/{base,data,io,nn,cli} "$tree"/include/gantrain/{base,io} "$tree"/{tests,scripts}
    cp "$GANTRAIN_ROOT/.clang-format" "$tree"
    echo '#include "gantrain/base/a.h"' >"$tree/src/base/a.c"
    echo '#include "gantrain/base/a.h"' >"$tree/include/gantrain/io/json.h"
    printf '#include "gantrain/io/json.h"\n#include <cjson/cJSON.h>\n' >"$tree/src/io/json.c"
}

check() { # RULE
    run "$GANTRAIN_ROOT/scripts/check_$1.sh" "$tree"
}

include() { # FILE HEADER
    printf '#include %s\n' "$2" >>"$tree/$1"
}

function_of() { # LINES
    printf 'int f(void)\n{\n'
    for ((i = 0; i < $1 - 3; i++)); do echo '    g();'; done
    printf '}\n'
}

@test "a good tree passes" {
    for rule in floors format sizes; do
        check "$rule"
        [ "$status" -eq 0 ]
    done
}

@test "an empty tree is not a good one" {
    rm -r "$tree/src" "$tree/include"
    mkdir -p "$tree/src" "$tree/include/gantrain"
    for rule in floors format sizes; do
        check "$rule"
        [ "$status" -eq 1 ]
    done
}

@test "floors: a file does not look up" {
    include src/base/a.c '"gantrain/io/json.h"'
    check floors
    [ "$status" -eq 1 ]
    [[ "$output" == *"src/base/a.c:2:"* ]]
}

@test "floors: folders side by side do not see each other, headers included" {
    include src/data/b.c '"gantrain/io/json.h"'
    include include/gantrain/io/json.h '"gantrain/data/idx.h"'
    check floors
    [ "$status" -eq 1 ]
    [[ "$output" == *"src/data/b.c:1:"* ]]
    [[ "$output" == *"include/gantrain/io/json.h:2:"* ]]
}

@test "floors: no way round by .. or by < >" {
    include src/base/a.c '"../io/secret.h"'
    include src/base/a.c '<gantrain/io/json.h>'
    check floors
    [ "$status" -eq 1 ]
    [[ "$output" == *"src/base/a.c:2:"* ]]
    [[ "$output" == *"src/base/a.c:3:"* ]]
}

@test "floors: a folder that is no floor, a file outside the floors" {
    mkdir "$tree/src/misc"
    touch "$tree/src/loose.c"
    check floors
    [ "$status" -eq 1 ]
    [[ "$output" == *"misc: a folder that is no floor"* ]]
    [[ "$output" == *"src/loose.c: "* ]]
}

@test "floors: headers of other projects stay behind their fences" {
    include src/nn/b.c '<cblas.h>'
    include src/io/c.c '<cjson/cJSON.h>'
    include src/cli/d.c '<stb_image_write.h>'
    include src/cli/e.c '<zlib.h>'
    include include/gantrain/base/f.h '<zlib.h>'
    check floors
    [ "$status" -eq 1 ]
    for file in src/nn/b.c src/io/c.c src/cli/d.c src/cli/e.c include/gantrain/base/f.h; do
        [[ "$output" == *"$file:1:"* ]]
    done
}

@test "format: a file of another shape" {
    echo 'int  f( void ){return 1;}' >"$tree/src/nn/b.c"
    check format
    [ "$status" -eq 1 ]
    [[ "$output" == *"src/nn/b.c:1:"* ]]
}

@test "sizes: a function has 60 lines, not 61" {
    function_of 60 >"$tree/src/nn/b.c"
    check sizes
    [ "$status" -eq 0 ]
    function_of 61 >>"$tree/src/nn/b.c"
    check sizes
    [ "$status" -eq 1 ]
    [[ "$output" == *"src/nn/b.c:61: 61 lines"* ]]
}

@test "sizes: a file has 400 lines, not 401" {
    yes '// a line' | head -n 400 >"$tree/src/nn/b.c"
    check sizes
    [ "$status" -eq 0 ]
    echo '// one more' >>"$tree/src/nn/b.c"
    check sizes
    [ "$status" -eq 1 ]
    [[ "$output" == *"src/nn/b.c: more than 400 lines"* ]]
}

@test "sizes: no path of one machine" {
    home=/home
    echo "// see $home/someone/notes" >"$tree/src/nn/b.c"
    check sizes
    [ "$status" -eq 1 ]
    [[ "$output" == *"src/nn/b.c:1:"* ]]
}
