#!/bin/bash
# Guards: .ci/need, which stands before every target of the Makefile: silent when all is there; else
# it installs with apt-get after saying so, through sudo when not root; where neither works, one line
# names the packages, and the status is 1. Nothing real is asked or installed: PATH holds fakes.
. "$(dirname "$0")/../lib.sh"
need=$(cd "$TESTS/.." && pwd)/.ci/need
unset DEBIAN_FRONTEND CC LACKS ME BROKEN
export ZONES=$work/zones
mkdir -p "$ZONES/Europe" && : >"$ZONES/Europe/Berlin"
mkdir "$work/bin"
for tool in mktemp tail rm cat grep env; do
    ln -s "$(command -v $tool)" "$work/bin/$tool"
done
fake() { # fake NAME: a command whose body is standard input
    { echo '#!/bin/bash'; cat; } >"$work/bin/$1" && chmod +x "$work/bin/$1"
}
for tool in pkg-config tmux sqlite3 mawk jq awk valgrind clang clang-format clang-tidy; do
    fake $tool <<<'exit 0'
done
fake gcc <<<'! grep -qE "${LACKS:-^$}"' # a compiler without the headers of $LACKS

# need TARGET ...: its messages, each line behind "| ", then the status
need() {
    PATH=$work/bin "$need" "$@" >"$work/out" 2>"$work/err"
    local status=$?
    sed 's/^/| /' "$work/out" "$work/err"
    echo $status
}
expect() { printf '| %s\n' "${@:2}"; echo "$1"; }

for target in build test lint bench fuzz bench-quick; do
    same "$target: all is there" 0 "$(need $target)"
done
fake clang <<<'exit 1'
same "no libFuzzer" 1 "$(need fuzz | grep -c '^| tailrace: fuzzing needs clang with libFuzzer')"
same "no libFuzzer: it stops" 1 "$(need fuzz | tail -n 1)"
same "the others do without it" 0 "$(need test)"
fake clang <<<'exit 0'
same "no time zones, for the tests" "$(expect 1 "tailrace: these are missing, by their Debian names: tzdata. Install them and run make again.")" \
    "$(ZONES=$work/none need test)"
same "the build does without them" 0 "$(ZONES=$work/none need build)"
export LACKS='<csv.h>'
same "no apt-get" "$(expect 1 "tailrace: these are missing, by their Debian names: libcsv-dev. Install them and run make again.")" \
    "$(need build)"
rm "$work/bin/tmux"
same "a missing command too, for the tests" "$(expect 1 "tailrace: these are missing, by their Debian names: libcsv-dev tmux. Install them and run make again.")" \
    "$(need test)"
same "the build alone does not need it" 1 "$(need build | grep -c 'names: libcsv-dev\.')"
mv "$work/bin/gcc" "$work/gcc"
same "a compiler of another name" 1 "$(CC="$work/gcc -m64" need build | grep -c 'names: libcsv-dev\.')"
same "no compiler at all" 1 "$(need build | grep -c 'names: gcc libc6-dev libncurses-dev libcsv-dev libjansson-dev libsqlite3-dev zlib1g-dev\.')"
mv "$work/gcc" "$work/bin/gcc"

# a Debian: as root, with sudo, with neither
fake apt-get <<END
echo "\$DEBIAN_FRONTEND apt-get \$*" >>$work/asked
exit \${BROKEN:-0}
END
fake id <<<'echo ${ME:-0}'
said="$(expect 0 "tailrace: installing with apt-get: libcsv-dev")"
same "root: says so, installs" "$said" "$(need build)"
same "root: what was asked" " apt-get update
noninteractive apt-get install -y --no-install-recommends libcsv-dev" "$(cat "$work/asked")"
export ME=1000
same "not root, no sudo" "$(expect 1 "tailrace: please install as root, then run make again: apt-get install libcsv-dev")" \
    "$(need build)"
fake sudo <<END
echo "sudo \$*" >>$work/asked
exec env -i PATH="\$PATH" "\$@"
END
: >"$work/asked"
same "sudo: says so" "$(expect 0 "tailrace: installing with sudo apt-get: libcsv-dev")" "$(need build)"
same "sudo: what was asked" "noninteractive apt-get install -y --no-install-recommends libcsv-dev" \
    "$(tail -n 1 "$work/asked")"
export ME=0 BROKEN=100
fake apt-get <<<'echo "E: no network"; exit 100'
same "apt-get fails: why, and one clear line" "$(expect 1 "tailrace: installing with apt-get: libcsv-dev" \
    "E: no network" \
    "tailrace: apt-get could not install: libcsv-dev. Install them by hand and run make again.")" "$(need build)"
finish
