# Sourced by the side-by-side runs: figures are collected one a line, and printed as "RESULT name=value".
# shellcheck shell=bash

: "${FIGURES:?the directory of the collected figures}"

# figure NAME VALUE: one measurement
figure() { echo "$2" >> "$FIGURES/$1"; }

# median NAME, of all the measurements
median() {
    sort -g "$FIGURES/$1" | awk '{ value[NR] = $1 }
        END { print NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2 }'
}

spread() { sort -g "$FIGURES/$1" | sed -n '1p;$p' | paste -sd ' ' | sed 's/ /../'; }

# highest NAME: the 99th percentile of up to 100 measurements is the highest of them
highest() { sort -g "$FIGURES/$1" | tail -n 1; }

# result NAME VALUE
result() { printf 'RESULT %s=%s\n' "$1" "$2"; }

# result_median NAME: the RESULT line, with the range of the measurements in front of it
result_median() {
    printf '%-44s %s (%s, %s measured)\n' "$1" "$(median "$1")" "$(spread "$1")" "$(wc -l < "$FIGURES/$1")"
    result "$1" "$(median "$1")"
}

# result_ratio NAME A B: median of A divided by median of B
result_ratio() {
    result "$1" "$(awk -v a="$(median "$2")" -v b="$(median "$3")" 'BEGIN { printf "%.3f", b == 0 ? 0 : a / b }')"
}

# last NAME: the newest measurement
last() { tail -n 1 "$FIGURES/$1"; }
