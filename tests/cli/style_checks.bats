#!/usr/bin/env bats
# The checks of style.* can fail: each runs on a small tree that breaks its rule.

setup() {
    tree="$BATS_TEST_TMPDIR/tree"
    mkdir -p "$tree"/src/{base,data,io,nn,cli} "$tree"/include/gantrain/{base,io,nn} "$tree"/{tests,scripts}
    cp "$GANTRAIN_ROOT/.clang-format" "$tree"
    echo '#include "gantrain/base/a.h"' >"$tree/src/base/a.c"
    echo '#include "gantrain/base/a.h"' >"$tree/include/gantrain/io/json.h"
    printf '#include "gantrain/io/json.h"\n#include <cjson/cJSON.h>\n' >"$tree/src/io/json.c"
    echo '#include "gantrain/io/json.h"' >"$tree/src/cli/main.c"
}

check() { # RULE [LIBRARY]
    run "$GANTRAIN_ROOT/scripts/check_$1.sh" "$tree" "${@:2}"
}

include() { # FILE HEADER
    printf '#include %s\n' "$2" >>"$tree/$1"
}

function_of() { # LINES
    printf 'int f(void)\n{\n'
    for ((i = 0; i < $1 - 3; i++)); do echo '    g();'; done
    printf '}\n'
}

@test "a valid tree passes" {
    for rule in floors format sizes; do
        check "$rule"
        [ "$status" -eq 0 ]
    done
}

@test "an empty tree fails" {
    rm -r "$tree/src" "$tree/include"
    mkdir -p "$tree/src" "$tree/include/gantrain"
    for rule in floors format sizes; do
        check "$rule"
        [ "$status" -eq 1 ]
    done
}

@test "floors: a file includes no header of a higher floor" {
    include src/base/a.c '"gantrain/io/json.h"'
    check floors
    [ "$status" -eq 1 ]
    [[ "$output" == *"src/base/a.c:2:"* ]]
}

@test "floors: folders of one floor do not include each other, headers included" {
    include src/data/b.c '"gantrain/nn/net.h"'
    include include/gantrain/nn/net.h '"gantrain/data/idx.h"'
    check floors
    [ "$status" -eq 1 ]
    [[ "$output" == *"src/data/b.c:1:"* ]]
    [[ "$output" == *"include/gantrain/nn/net.h:1:"* ]]
}

@test "floors: .. and < > do not bypass the check" {
    include src/base/a.c '"../io/secret.h"'
    include src/base/a.c '<gantrain/io/json.h>'
    check floors
    [ "$status" -eq 1 ]
    [[ "$output" == *"src/base/a.c:2:"* ]]
    [[ "$output" == *"src/base/a.c:3:"* ]]
}

@test "floors: a folder that is not a floor, a file outside the floors" {
    mkdir "$tree/src/misc"
    touch "$tree/src/loose.c"
    check floors
    [ "$status" -eq 1 ]
    [[ "$output" == *"misc: a folder that is no floor"* ]]
    [[ "$output" == *"src/loose.c: "* ]]
}

@test "floors: a private header is for its own folder, a public one for others" {
    include src/cli/main.c '"io/secret.h"'
    include src/io/json.c '"gantrain/io/lonely.h"'
    touch "$tree/include/gantrain/io/lonely.h" "$tree/src/io/a.c"
    check floors
    [ "$status" -eq 1 ]
    [[ "$output" == *"src/cli/main.c:2:"*"private header"* ]]
    [[ "$output" == *"include/gantrain/io/lonely.h: only src/io includes it"* ]]
    [[ "$output" == *"a.c: a second file of that name"* ]]
}

@test "floors: headers do not include each other in a circle" {
    include include/gantrain/io/json.h '"gantrain/io/text.h"'
    include include/gantrain/io/text.h '"gantrain/io/json.h"'
    check floors
    [ "$status" -eq 1 ]
    [[ "$output" == *"gantrain/io/json.h"*"files include each other"* ]]
}

library() { # the objects of the tree, as CMake names them
    local file objects=()
    for file in "$tree"/src/*/*.c; do
        gcc -w -I "$tree/stubs" -I "$tree/include" -c "$file" -o "$tree/${file##*/}.o"
        objects+=("$tree/${file##*/}.o")
    done
    rm -f "$tree/core.a"
    ar rc "$tree/core.a" "${objects[@]}"
}

@test "floors: calls go down, and never in a circle" {
    rm "$tree"/src/*/*.c
    echo 'int low(void) { return 1; }' >"$tree/src/base/low.c"
    echo 'int low(void), b(void); int a(void) { return low() + b(); }' >"$tree/src/io/a.c"
    echo 'int low(void); int b(void) { return low(); }' >"$tree/src/io/b.c"
    echo 'int a(void); int main(void) { return a(); }' >"$tree/src/cli/main.c"
    echo '#include "gantrain/io/json.h"' | tee -a "$tree/src/cli/main.c" >>"$tree/src/io/b.c"
    mkdir -p "$tree/stubs/gantrain/base"
    touch "$tree/stubs/gantrain/base/a.h"
    library
    check floors "$tree/core.a"
    [ "$status" -eq 0 ]

    echo 'int a(void); int b(void) { return a(); }' >"$tree/src/io/b.c" # a -> b -> a
    library
    check floors "$tree/core.a"
    [ "$status" -eq 1 ]
    [[ "$output" == *"a.c -> b.c: files call each other"* ]] || [[ "$output" == *"b.c -> a.c: files call each other"* ]]

    echo 'int b(void) { return 1; }' >"$tree/src/io/b.c"
    echo 'int a(void); int low(void) { return a(); }' >"$tree/src/base/low.c" # up
    library
    check floors "$tree/core.a"
    [ "$status" -eq 1 ]
    [[ "$output" == *"src/base/low.c: calls up into src/io/a.c"* ]]
}

@test "floors: headers of other projects are included only where allowed" {
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

@test "format: a file that clang-format would change" {
    echo 'int  f( void ){return 1;}' >"$tree/src/nn/b.c"
    check format
    [ "$status" -eq 1 ]
    [[ "$output" == *"src/nn/b.c:1:"* ]]
}

@test "sizes: a function has at most 60 lines" {
    function_of 60 >"$tree/src/nn/b.c"
    check sizes
    [ "$status" -eq 0 ]
    function_of 61 >>"$tree/src/nn/b.c"
    check sizes
    [ "$status" -eq 1 ]
    [[ "$output" == *"src/nn/b.c:61: 61 lines"* ]]
}

@test "sizes: a file has at most 400 lines" {
    yes '// a line' | head -n 400 >"$tree/src/nn/b.c"
    check sizes
    [ "$status" -eq 0 ]
    echo '// one more' >>"$tree/src/nn/b.c"
    check sizes
    [ "$status" -eq 1 ]
    [[ "$output" == *"src/nn/b.c: more than 400 lines"* ]]
}

@test "sizes: a line of C has at most 100 columns" {
    printf '/* %s */\n' "$(printf '·%.0s' {1..94})" >"$tree/src/nn/b.c"
    check sizes
    [ "$status" -eq 0 ]
    printf '/* %s */\n' "$(printf '·%.0s' {1..95})" >>"$tree/src/nn/b.c"
    check sizes
    [ "$status" -eq 1 ]
    [[ "$output" == *"src/nn/b.c:2: more than 100 columns"* ]]
}

@test "sizes: no absolute path of one machine" {
    home=/home
    echo "// see $home/someone/notes" >"$tree/src/nn/b.c"
    check sizes
    [ "$status" -eq 1 ]
    [[ "$output" == *"src/nn/b.c:1:"* ]]
}
