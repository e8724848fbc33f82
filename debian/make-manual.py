#!/usr/bin/env python3
"""xennet.toml(5) from the table of keys in docs/configuration.md, which a test holds to the parser's own."""
import re
import sys


def roff(text):
    text = text.replace('\\', '\\e').replace('-', '\\-')
    text = re.sub(r'`([^`]*)`', r'\\fB\1\\fR', text)
    return text if text[:1] not in ".'" else '\\&' + text


with open(sys.argv[1], encoding='utf-8') as document:
    text = document.read()
table = text.split('<!-- configuration table: begin -->')[1].split('<!-- configuration table: end -->')[0]
rows = [[cell.strip() for cell in line.strip('|').split(' | ')] for line in table.strip().splitlines()[2:]]

print(r'''.TH XENNET.TOML 5 "" "XenNetServer" "File formats"
.SH NAME
xennet.toml \- configuration of xennet(8)
.SH SYNOPSIS
.I /etc/xennet/xennet.toml
.SH DESCRIPTION
The file is TOML, UTF\-8, at most 1 MiB, and need not be there. A key that is not listed here is an error.
.B xennet check
says everything that is wrong with it,
.B xennet reload
takes it into force, all of it or nothing.
.SH KEYS''')
for key, standard, values, meaning in rows:
    print('.TP')
    print(roff(key))
    print(f'{roff(meaning)} Values: {roff(values)}. Default: {roff(standard)}.')
print(r'''.SH SEE ALSO
.BR xennet (8)''')
