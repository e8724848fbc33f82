#!/bin/bash
# Everything from nothing: installs what is missing, builds, and runs all the tests. The last line says
#   N passed, N failed[, N skipped]
# Exit 0 only if nothing failed and every project ran at least one test.
#
#   bash tests/run.sh          Debian 12, the .NET 10 SDK, root
set -uo pipefail

cd "$(dirname "$(readlink -f "$0")")/.." || exit 1
RESULTS=$PWD/artifacts/tests
export XENNET_BINARY=$PWD/artifacts/bin/xennet
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

passed=0 failed=0 skipped=0

main() {
    rm -rf "$RESULTS"
    mkdir -p "$RESULTS"

    step "Install what is missing"
    bash tests/rig/install.sh || give_up "install.sh failed"

    step "Build"
    without_warning dotnet build XenNetServer.sln -c Release -nologo -v minimal || give_up "the build failed"

    run_tests XenNet.Tests

    step "Publish"
    without_warning dotnet publish src/XenNet.Cli -c Release -r linux-x64 -o artifacts/bin -nologo -v minimal \
        || give_up "the publish failed: XenNet.AotTests and XenNet.HostTests did not run"

    run_tests XenNet.AotTests
    run_tests XenNet.HostTests
    finish
}

step() { printf '\n== %s\n' "$*"; }

# Counts as one failed test, so that the last line cannot look better than the run was.
failure() {
    echo "FAILED: $*"
    failed=$((failed + 1))
}

give_up() {
    failure "$*"
    finish
}

finish() {
    local line="$passed passed, $failed failed"
    [ "$skipped" = 0 ] || line="$line, $skipped skipped"
    printf '\n%s\n' "$line"
    [ "$failed" = 0 ]
    exit
}

# Warnings of compilers, analyzers, trimming, AOT and the linker fail; NU1900 to NU1905 (an advisory published
# tomorrow, or a registry without advisories) only warn, as in Directory.Build.props.
without_warning() {
    local log=$RESULTS/build.log warnings
    "$@" 2>&1 | tee "$log" || return 1
    warnings=$(grep -E '(^|[ :])warning( [A-Z]+[0-9]+)?[ :]' "$log" | grep -vE 'warning NU190[0-5]' | sort -u)
    [ -z "$warnings" ] || { printf 'warnings:\n%s\n' "$warnings"; return 1; }
}

run_tests() {
    local project=$1 trx=$RESULTS/$1.trx code=0 of_project
    step "$project"
    timeout --kill-after=10 1800 dotnet test "tests/$project" -c Release --no-build --nologo \
        --results-directory "$RESULTS" --logger "trx;LogFileName=$project.trx" || code=$?

    [ "$code" != 124 ] || failure "$project did not end within 30 minutes"
    if ! [ -s "$trx" ]; then
        failure "$project left no results (dotnet test: exit code $code)"
        return
    fi
    # Taken together these are all the outcomes there are: what is neither passed nor skipped has failed.
    of_project=$(count_results "$trx")
    passed=$((passed + $(cut -d ' ' -f 1 <<< "$of_project")))
    failed=$((failed + $(cut -d ' ' -f 2 <<< "$of_project")))
    skipped=$((skipped + $(cut -d ' ' -f 3 <<< "$of_project")))
    echo "$project: $(awk '{ print $1 " passed, " $2 " failed, " $3 " skipped" }' <<< "$of_project")"
    name_skipped "$trx"

    case $of_project in
        "0 0 "*) failure "$project ran no test" ;;
        *" 0 "*) [ "$code" = 0 ] || failure "$project: dotnet test ended with exit code $code though no test failed" ;;
    esac
}

results() { grep -o '<UnitTestResult [^>]*>' "$1"; }

count_results() {
    results "$1" | awk '
        /outcome="Passed"/ { passed++; next }
        /outcome="NotExecuted"/ { skipped++; next }
        { failed++ }
        END { print passed + 0, failed + 0, skipped + 0 }'
}

name_skipped() {
    results "$1" | grep 'outcome="NotExecuted"' | sed 's/.*testName="\([^"]*\)".*/skipped: \1/' | sort
}

main "$@"
