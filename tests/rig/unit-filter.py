#!/usr/bin/env python3
"""The system calls that a systemd unit allows, one a line, as systemd-analyze knows its groups.

    unit-filter.py SYSTEMD-ANALYZE UNIT
"""
import subprocess
import sys

analyze, unit = sys.argv[1:]
groups, group = {}, None
for line in subprocess.run([analyze, 'syscall-filter', '--no-pager'], check=True, capture_output=True, text=True).stdout.split('\n'):
    if line.startswith('@'):
        group = groups[line.strip()] = []
    elif not line.startswith(' '):
        group = None
    elif group is not None and not line.strip().startswith('#'):
        group.append(line.strip())


def expand(name):
    return set().union(*map(expand, groups[name])) if name.startswith('@') else {name}


allowed = expand('@default')
with open(unit, encoding='utf-8') as lines:
    for line in lines:
        if line.startswith('SystemCallFilter='):
            words = line.split('=', 1)[1].split()
            takes_away = words[0].startswith('~')
            named = set().union(*(expand(word.lstrip('~')) for word in words))
            allowed = allowed - named if takes_away else allowed | named
print('\n'.join(sorted(allowed)))
