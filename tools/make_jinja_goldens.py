"""Golden values of the template language, by Jinja2 in the environment that HF transformers gives chat templates.

    python tools/make_jinja_goldens.py [file]

writes cola-core/src/test/resources/goldens/jinja/expected.json (or `file`): templates, the variables that all of them see, and
what Jinja2 writes, or null where that is an error. Two runs write the same bytes. Made with Python 3.11.7, jinja2 3.1.6.
"""

import json
import sys
from pathlib import Path

from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

FILE = Path(__file__).parents[1] / "cola-core/src/test/resources/goldens/jinja/expected.json"

VARIABLES = {
    "messages": [
        {"role": "system", "content": "Be brief.\n"},
        {"role": "user", "content": "  What's \"2 + 2\"? 🙂 "},
        {"role": "assistant", "content": "<think>\nfour?\n</think>\n\n4", "tool_calls": None},
        {"role": "user", "content": "Grüße, 世界"},
    ],
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "add",
                "description": "Adds <a> & 'b'",
                "parameters": {"type": "object", "properties": {"a": {"type": "number", "enum": [1, 2.5]}}, "required": ["a"]},
            },
        }
    ],
    "n": 7,
    "f": 2.5,
    "s": "one two  three",
    "lines": "a\n\n  b\r\nc\n",
    "empty": "",
    "nothing": None,
    "yes": True,
    "names": ["b", "A", "c", "a"],
    "d": {"b": 1, "a": [1, "x", None, True], "items": "mine", "c": {}},
    "bos_token": "<s>",
    "add_generation_prompt": True,
}

# one template a line; \n and \t are written so
SNIPPETS = r"""
{{ true }} {{ True }} {{ none }} {{ None }} {{ false }}
{{ nothing }}|{{ missing }}|{{ missing is defined }}|{{ nothing is defined }}|{{ nothing is none }}|{{ missing is none }}
{{ 1 }} {{ 1.0 }} {{ 1e3 }} {{ 1e20 }} {{ 1.5e-7 }} {{ 0.1 + 0.2 }} {{ 100000000000000000.0 }} {{ 1_000 }} {{ 0x1f }} {{ 0b11 }} {{ 0o17 }}
{{ 7 / 2 }} {{ 8 / 2 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % 3 }} {{ -7 % 3 }} {{ 7 % -3 }} {{ 2 ** 10 }} {{ 2 ** -1 }} {{ 7.5 // 2 }} {{ -7.5 % 2 }}
{{ 2 ** 3 ** 2 }} {{ -2 ** 2 }} {{ 10 - 2 - 3 }} {{ 2 * 3 + 4 }} {{ 2 + 3 * 4 }} {{ (2 + 3) * 4 }} {{ 8 / 4 / 2 }}
{{ 1 / 0 }}
{{ 1 // 0 }}
{{ 1 % 0 }}
{{ true + 1 }} {{ true + true }} {{ true == 1 }} {{ 1 == 1.0 }} {{ '1' == 1 }} {{ 0 == false }} {{ '' == false }} {{ none == false }} {{ [] == false }}
{{ '5' + 5 }}
{{ 5 + '5' }}
{{ 'a' + none }}
{{ 'a' + missing }}
{{ missing + 'a' }}
{{ 'a' ~ none ~ true ~ 1 ~ 1.0 ~ missing ~ [1, 'x'] }}
{{ 1 ~ 2 + 3 }}
{{ 1 + 2 ~ 3 }}
{{ 'a' ~ 'b' * 2 }}
{{ 'a' ~ 'b' | upper }}
{{ 'a' + 'b' | upper }}
{{ ('a' + 'b') | upper }}
{{ 'ab' * 3 }} {{ 3 * 'ab' }} {{ 'a' * 0 }} {{ 'a' * -1 }} {{ [1] * 2 }} {{ (1, 2) * 2 }}
{{ 'a' * 1.5 }}
{{ 'a' - 'b' }}
{{ -3 | abs }} {{ -n }} {{ +n }} {{ - 3 + 4 }} {{ --3 }} {{ -f }} {{ -yes }}
{{ not true }} {{ not 0 }} {{ not '' }} {{ not 'a' }} {{ not missing }} {{ not none }} {{ not [] }} {{ not {} }} {{ not 0.0 }}
{{ not n == 7 }} {{ not n in [7] }} {{ n not in [7] }} {{ not missing is defined }} {{ missing is not defined }} {{ not (n is defined) }}
{{ 1 or 2 }} {{ 0 or 'x' }} {{ '' or none }} {{ 1 and 2 }} {{ 0 and 2 }} {{ none or missing or 'last' }} {{ 'a' and '' }}
{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 3 > 2 == 2 }} {{ 1 < 2 and 2 < 1 }} {{ 'a' < 'b' }} {{ 'B' < 'a' }} {{ [1, 2] < [1, 3] }} {{ 1 < 1.5 }}
{{ 'a' < 1 }}
{{ none < 1 }}
{{ missing < 1 }}
{{ missing == missing }} {{ missing == none }} {{ missing == '' }} {{ missing != 1 }} {{ missing in [1] }} {{ 'a' in missing }}
{{ 'a' in 'abc' }} {{ 'x' in 'abc' }} {{ '' in 'abc' }} {{ 'role' in messages[0] }} {{ 1 in [1, 2] }} {{ '1' in [1] }} {{ 1.0 in [1] }} {{ 'b' in d }} {{ 3 in range(4) }}
{{ 1 in 'abc' }}
{{ 'a' in none }}
{{ 'a' in 5 }}
{{ 'yes' if yes else 'no' }} {{ 'yes' if missing else 'no' }}|{{ 'yes' if none }}|{{ 1 if 0 else 2 if 0 else 3 }} {{ (1 if yes) ~ 'x' }}
{{ [1, 2.0, 'a', none, true, [1], {'k': 'v'}] }}
{{ (1, 2) }} {{ (1,) }} {{ () }} {{ 1, 2 }} {{ {} }} {{ {'a': 1, 2: 'b'} }} {{ [] }}
{{ ["it's", 'a "b"', 'both \' and "', 'new\nline', 'tab\t', 'back\\slash', 'ü🙂', '\x07', '\u200b', '\xa0', '\xad'] }}
{{ 'a\tb\\n\'q\' \"d\" \u00e9 \x41 \101 \q' }}
{{ "double \"x\" 'y'" }} {{ 'a' 'b' "c" }}
{{ messages[0].role }} {{ messages[0]['role'] }} {{ messages[-1].role }} {{ messages[9] }}|{{ messages[0].nope }}|{{ messages[0]['nope'] }}|
{{ messages[9].role }}
{{ messages[0].nope.deeper }}
{{ missing.x }}
{{ missing['x'] }}
{{ nothing.x }}|{{ nothing['x'] }}|{{ n.x }}|{{ s.x }}|{{ s['x'] }}|
{{ nothing.x.y }}
{{ missing() }}
{{ n() }}
{{ d.items }}
{{ d['items'] }} {{ d.b }} {{ d['a'] }} {{ d.get('b') }} {{ d.get('zz') }} {{ d.get('zz', 'd') }} {{ d.get('c') }}
{{ d.items() | list }} {{ d.keys() | list }} {{ d.values() | list }} {{ d | list }} {{ d | length }}
{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}{% for k in d %}{{ k }}{% endfor %}
{% for k, v in d | items %}{{ k }};{% endfor %}{% for k, v in d | dictsort %}{{ k }}={{ v }};{% endfor %}
{{ d.keys()[0] }}|{{ (names | map('upper'))[0] }}|
{{ (names | map('upper')) | length }}
{% set g = names | map('upper') %}{{ g | join }}-{{ g | join }}
{% set g = d.keys() %}{{ g | join }}-{{ g | join }}-{{ g | length }}
{{ s[0] }}{{ s[-1] }}{{ s[1:3] }}{{ s[:3] }}{{ s[-5:] }}{{ s[::-1] }}{{ s[::2] }}{{ s[5:2] }}{{ s[100:] }}{{ s[-100:2] }}{{ s[3:0:-1] }}|{{ s[50] }}|
{{ messages[1].content[-2] }}{{ messages[1].content[::-1] }}{{ messages[1].content | length }} {{ messages[3].content[2:4] }} {{ messages[1].content | reverse }}
{{ names[1:] }} {{ names[:-1] }} {{ names[::-1] }} {{ names[::2] }} {{ names[-2:] }} {{ names[10:] }} {{ names[2:0:-1] }} {{ (1,2,3)[1:] }}
{{ names[::0] }}
{{ names['a'] }}|{{ names[1.5] }}|{{ names[none] }}|
{{ names[1.5:] }}
{{ missing[1:] }}
{{ nothing[1:] }}
{{ d[1:] }}
{{ messages.0.role }} {{ names.1 }}
{{ s.upper() }} {{ s.title() }} {{ s.capitalize() }} {{ 'ABC'.lower() }} {{ "they're bill's" | title }} {{ "they're bill's".title() }} {{ 'élan Über'.title() }} {{ 'foo-bar (baz)' | title }} {{ 'ß'.upper() }} {{ 'hELLO' | capitalize }}
{{ '  x '.strip() }}|{{ '  x '.lstrip() }}|{{ '  x '.rstrip() }}|{{ 'xxaxx'.strip('x') }}|{{ 'abcba'.lstrip('ab') }}|{{ '\u3000x\u00a0'.strip() }}|{{ '\x1cx\x1f' | trim }}|{{ '\u200bx' | trim }}
{{ 'xxaxx' | trim('x') }}|{{ lines | trim }}|{{ 5 | trim }}|{{ none | trim }}|{{ missing | trim }}
{{ 'a,b,,c'.split(',') }} {{ ' a  b '.split() }} {{ ''.split() }} {{ ''.split(',') }} {{ 'a,b,c'.split(',', 1) }} {{ ' a b c '.split(none, 1) }} {{ 'a,b,c'.rsplit(',', 1) }} {{ 'aXXbXXc'.split('XX') }}
{{ 'a'.split('') }}
{{ messages[2].content.split('</think>')[-1].lstrip('\n') }} {{ messages[2].content.split('</think>')[0].split('<think>')[-1] }}
{{ lines.splitlines() }} {{ lines.splitlines(true) }} {{ 'a\x0bb\x0cc\u2028d'.splitlines() }}
{{ ', '.join(names) }} {{ ''.join(['a', 'b']) }} {{ '-'.join('abc') }}
{{ ', '.join([1, 2]) }}
{{ s.startswith('one') }} {{ s.endswith(('x', 'three')) }} {{ s.startswith('') }} {{ s.find('two') }} {{ s.find('zz') }} {{ s.rfind('t') }} {{ s.count('o') }} {{ s.index('t') }} {{ 'aaa'.count('aa') }} {{ 'ab'.count('') }} {{ '🙂x'.find('x') }}
{{ s.index('zz') }}
{{ s.startswith(5) }}
{{ s.replace('o', '0') }} {{ s.replace('o', '0', 1) }} {{ 'ab'.replace('', '-') }} {{ s | replace('two', '2') }} {{ 'aaa' | replace('a', 'b', 2) }} {{ 5 | replace(5, 6) }}
{{ 'ab'.removeprefix('a') }} {{ 'ab'.removesuffix('b') }} {{ 'ab'.removeprefix('x') }}
{{ 'a1'.isdigit() }} {{ '12'.isdigit() }} {{ ''.isdigit() }} {{ 'ab'.isalpha() }} {{ 'AB'.isupper() }} {{ 'A1'.isupper() }} {{ '1'.isupper() }} {{ 'ab'.islower() }} {{ ' '.isspace() }} {{ 'a b'.isalnum() }}
{{ s.nope() }}
{{ s.upper }}
{{ names.append('x') }}
{{ d.update({}) }}
{{ names.index('A') }} {{ names.count('b') }}
{{ names.index('zz') }}
{{ s | upper }} {{ s | lower }} {{ none | upper }} {{ 5 | string }} {{ missing | string }}| {{ [1] | string }} {{ yes | lower }}
{{ s | length }} {{ names | count }} {{ missing | length }} {{ '' | length }}
{{ none | length }}
{{ 5 | length }}
{{ names | first }} {{ names | last }} {{ 'abc' | first }} {{ 'abc' | last }} {{ [] | first }}| {{ [] | last }}| {{ d | first }}
{{ none | first }}
{{ 5 | last }}
{{ names | join(', ') }} {{ [1, none, true, 'x'] | join('-') }} {{ messages | join(',', attribute='role') }} {{ 'abc' | join('.') }} {{ missing | join(',') }}|
{{ none | join }}
{{ names | sort }} {{ names | sort(reverse=true) }} {{ names | sort(case_sensitive=true) }} {{ messages | sort(attribute='role') | map(attribute='role') | list }} {{ [3, 1, 2] | sort }} {{ 'bca' | sort }}
{{ [1, 'a'] | sort }}
{{ names | unique | list }} {{ ['a', 'A'] | unique(true) | list }} {{ [3, 1, 2] | max }} {{ [3, 1, 2] | min }} {{ [] | max }}| {{ [1, 2, 3] | sum }} {{ [] | sum }} {{ messages | max(attribute='role') }}
{{ names | reverse | list }} {{ 'abc' | reverse }} {{ (1, 2) | reverse | join }}
{{ names | reverse }}
{{ names | map('upper') | list }} {{ messages | map(attribute='role') | join(',') }} {{ messages | map(attribute='nope') | list }} {{ messages | map(attribute='nope', default='d') | list }} {{ tools | map(attribute='function.name') | list }} {{ [[1, 2], [3]] | map('first') | list }} {{ ['a'] | map('replace', 'a', 'b') | list }} {{ [[1,2]] | map(attribute=1) | list }}
{{ messages | selectattr('role', 'equalto', 'user') | list | length }} {{ messages | selectattr('role', '==', 'user') | map(attribute='content') | list }} {{ messages | rejectattr('role', 'in', ['user', 'system']) | map(attribute='role') | list }} {{ messages | selectattr('tool_calls') | list }} {{ messages | selectattr('tool_calls', 'defined') | list | length }} {{ messages | rejectattr('tool_calls', 'undefined') | list | length }}
{{ [1, 2, 3, 4] | select('even') | list }} {{ [1, 0, '', none] | select | list }} {{ [1, 2, 3] | reject('odd') | list }} {{ [1, 5, 9] | select('gt', 4) | list }} {{ [1, 0] | reject | list }} {{ [1, 2] | select('divisibleby', 2) | list }}
{{ messages | selectattr('role', 'nope') | list }}
{{ names | map('nope') | list }}
{{ names | nope }}
{{ missing | default('d') }} {{ none | default('d') }} {{ '' | default('d') }} {{ '' | default('d', true) }} {{ none | d('x', boolean=true) }} {{ messages[0].nope | default('z') }} {{ missing | default }}|
{{ missing.x | default('d') }}
{{ '42' | int }} {{ 'x' | int }} {{ 'x' | int(5) }} {{ '4.7' | int }} {{ 4.7 | int }} {{ -4.7 | int }} {{ ' 12 ' | int }} {{ none | int }} {{ true | int }} {{ '1e3' | int }} {{ '1_0' | int }} {{ '' | int }} {{ [] | int }} {{ '-5' | int }} {{ '5.' | int }} {{ '.5' | int }}
{{ '4.5' | float }} {{ 'x' | float }} {{ 'x' | float(1.5) }} {{ 3 | float }} {{ none | float }} {{ '1e3' | float }}
{{ 42.55 | round }} {{ 42.55 | round(1) }} {{ 42.55 | round(1, 'floor') }} {{ 42.1 | round(0, 'ceil') }} {{ 42 | round }} {{ 2.5 | round }} {{ 3.5 | round }} {{ 2.675 | round(2) }} {{ 1234.5 | round(-2) }} {{ -2.5 | round }}
{{ -5 | abs }} {{ (-5) | abs }} {{ (-2.5) | abs }}
{{ 'a' | abs }}
{{ lines | indent }}|{{ lines | indent(2, true) }}|{{ lines | indent('> ') }}|{{ lines | indent(2, blank=true) }}|{{ 'a' | indent }}|{{ '' | indent }}|{{ lines | indent(width=1, first=True) }}
{{ tools | tojson }}
{{ tools | tojson(indent=4) }}
{{ tools[0] | tojson(indent=2) }}
{{ d | tojson }} {{ d | tojson(sort_keys=true) }} {{ [] | tojson }} {{ {} | tojson }} {{ [] | tojson(indent=2) }} {{ {'a': [], 'b': {}} | tojson(indent=2) }} {{ (1, 2) | tojson }}
{{ 'ü"\\/\n\t\x07\x7f\u2028<>&\'🙂' | tojson }} {{ 'ü🙂\x7f' | tojson(ensure_ascii=true) }} {{ none | tojson }} {{ true | tojson }} {{ 1.0 | tojson }} {{ 1e20 | tojson }} {{ {1: 2, none: 3} | tojson }}
{{ [1, 2] | tojson(separators=(',', ':')) }} {{ {'a': 1} | tojson(separators=[',', ':']) }} {{ {'a': [1]} | tojson(indent='--') }} {{ [1] | tojson(indent=0) }}
{{ missing | tojson }}
{{ names | map('upper') | tojson }}
{{ range(3) | tojson }}
{{ tools | tojson | safe }} {{ messages[0] | tojson | length }}
{{ range(3) }} {{ range(1, 3) | list }} {{ range(5, 0, -2) | list }} {{ range(0) | list }} {{ range(3)[1] }} {{ range(10) | length }} {{ range(1, 9, 3) }} {{ range(3) | last }}
{{ range(1, 2, 0) }}
{{ range(1000000) }}
{{ range('a') }}
{% for i in range(3) %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }}{{ loop.depth0 }} {% endfor %}
{% for i in [1, 2, 3] %}{{ loop.previtem }}<{{ i }}>{{ loop.nextitem }}{{ loop.cycle('a', 'b') }}{% if not loop.last %}, {% endif %}{% endfor %}
{% for i in [1, 1, 2] %}{{ loop.changed(i) }}{% endfor %} {% for i in [1, 2] %}{% for j in [1, 2] %}{{ loop.index }}{{ loop.depth }}{% endfor %}{{ loop.index }}{% endfor %}
{% for i in [] %}x{% else %}none{% endfor %} {% for i in [1] %}x{% else %}none{% endfor %} {% for i in [1, 2] if i > 5 %}x{% else %}none{% endfor %} {% for i in [1] %}{% break %}{% else %}none{% endfor %} {% for i in [1, 2] %}{% continue %}{% else %}none{% endfor %} {% for i in [1, 2] %}{% if i == 1 %}{% continue %}{% endif %}{% else %}none{% endfor %}
{% for m in messages if m.role == 'user' %}{{ loop.index }}/{{ loop.length }}{{ m.content }}{{ loop.last }}{% endfor %}
{% for m in messages if m.role != 'system' and m.content %}{{ m.role }}{% endfor %} {% for i in range(9) if ((i is even) if yes else false) %}{{ i }}{% endfor %}
{% for i in range(9) if i % 2 %}{% if i == 5 %}{% continue %}{% endif %}{% if i > 6 %}{% break %}{% endif %}{{ i }}{% endfor %}
{% for i in 'abc' %}{{ i }}.{% endfor %}{% for i in missing %}x{% endfor %}{% for a, b in [(1, 2), [3, 4]] %}{{ a + b }} {% endfor %}{% for (a, b) in [(1, 2)] %}{{ a }}{% endfor %}
{% for i in none %}x{% endfor %}
{% for i in 5 %}x{% endfor %}
{% for a, b in [(1, 2, 3)] %}x{% endfor %}
{% for i in 1, 2, 3 %}{{ i }}{% endfor %} {% for i in [1, 2] + [3] %}{{ i }}{% endfor %} {% for i in names | sort %}{{ i }}{% endfor %} {% for i in (names if yes else []) %}{{ i }}{% endfor %}
{% set x = 1 %}{% for i in [1, 2] %}{% set x = x + i %}{{ x }}{% endfor %}{{ x }}
{% set x = 1 %}{% if yes %}{% set x = 2 %}{% endif %}{{ x }} {% if false %}{% set y = 1 %}{% endif %}{{ y }}| {% for i in [1] %}{% set z = 1 %}{% endfor %}{{ z }}|
{% set ns = namespace(x=1, y='a') %}{% for i in [1, 2] %}{% set ns.x = ns.x + i %}{% set ns.z = i %}{% endfor %}{{ ns.x }}{{ ns.y }}{{ ns.z }}{{ ns.q }}|
{% set ns = namespace() %}{% set ns.a = [] %}{% set ns.a = ns.a + [1] %}{{ ns.a }}
{% set x = {} %}{% set x.y = 1 %}{{ x }}
{% set a, b = 1, 2 %}{{ a }}{{ b }} {% set c = 1, 2 %}{{ c }} {% set (d, e) = [3, 4] %}{{ d }}{{ e }}
{% set a, b = [1] %}
{% set x %}a{{ n }}b{% endset %}{{ x }}{{ x | length }} {% set y | upper | trim %} abc {% endset %}{{ y }}|
{% set x %}{% for i in [1, 2] %}{{ i }}{% endfor %}{% endset %}{{ x }}
{% with a = 1, b = n %}{{ a }}{{ b }}{% endwith %}{{ a }}| {% with %}{% set q = 1 %}{{ q }}{% endwith %}{{ q }}|
{% macro m(a, b=2, c=none) %}{{ a }}-{{ b }}-{{ c }}{% endmacro %}{{ m(1) }} {{ m(1, 3) }} {{ m(1, c=5) }} {{ m(b=1, a=0) }} {{ m() }} {{ m('x') | upper }} {{ m(1) ~ m(2) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(b=2) }}
{% macro m() %}{{ n }}{{ x }}{% endmacro %}{% set x = 'late' %}{{ m() }} {% for n in [1] %}{{ m() }}{% endfor %}
{% macro m(a, b=a) %}{{ b }}{% endmacro %}{{ m(4) }}
{% macro m(l) %}{% for i in l %}{% if i is iterable and i is not string %}({{ m(i) }}){% else %}{{ i }}{% endif %}{% endfor %}{% endmacro %}{{ m([1, [2, [3, 'x']], 4]) }}
{% macro a() %}A{{ b() }}{% endmacro %}{% macro b() %}B{% endmacro %}{{ a() }}
{% if yes %}{% macro m() %}x{% endmacro %}{% endif %}{{ m() }} {{ m is callable }} {{ m is defined }}
{% for i in [1] %}{% macro m() %}{{ i }}{% endmacro %}{{ m() }}{% endfor %}
{% macro m() %}{{ loop.index }}{% endmacro %}{% for i in [1] %}{{ m() }}{% endfor %}
{% macro render_extra_keys(json_dict, handled) %}{% if json_dict is mapping %}{% for k in json_dict if k not in handled %}{% if json_dict[k] is mapping or (json_dict[k] is sequence and json_dict[k] is not string) %}{{ '<' ~ k ~ '>' ~ (json_dict[k] | tojson | safe) ~ '</' ~ k ~ '>' }}{% else %}{{ '<' ~ k ~ '>' ~ (json_dict[k] | string) ~ '</' ~ k ~ '>' }}{% endif %}{% endfor %}{% endif %}{% endmacro %}{{ render_extra_keys(tools[0].function, ['name']) }}
{{ n is number }} {{ f is number }} {{ yes is number }} {{ 's' is number }} {{ n is integer }} {{ yes is integer }} {{ f is float }} {{ n is float }} {{ yes is boolean }} {{ n is boolean }} {{ yes is true }} {{ 1 is true }} {{ false is false }} {{ 0 is false }}
{{ s is string }} {{ n is string }} {{ d is mapping }} {{ names is mapping }} {{ names is sequence }} {{ s is sequence }} {{ d is sequence }} {{ n is sequence }} {{ missing is sequence }} {{ names is iterable }} {{ s is iterable }} {{ n is iterable }} {{ none is iterable }} {{ d.items() is sequence }} {{ d.items() is iterable }} {{ range(3) is sequence }}
{{ n is odd }} {{ n is even }} {{ n is divisibleby 7 }} {{ n is divisibleby(2) }} {{ n is eq 7 }} {{ n is equalto(7) }} {{ n is ne 7 }} {{ n is gt 5 }} {{ n is lessthan 5 }} {{ n is ge 7 }} {{ n is le 6 }} {{ 'a' is in ['a'] }} {{ n is in [1] }} {{ n is not in [1] }} {{ none is sameas none }} {{ true is sameas true }} {{ 1 is sameas true }}
{{ 'abc' is lower }} {{ 'ABC' is upper }} {{ 'aB' is lower }}
{{ n is nope }}
{{ n is defined and n is not none }} {{ n is defined == true }} {{ n is number and 'x' or 'y' }}
{{ 5 is odd is true }}
{{ messages[0] is mapping }} {{ messages[0].content is string }} {{ messages[0].content is not string }} {{ tools is not none and tools | length > 0 }} {{ messages | length % 2 == 0 }} {{ loop is defined }} {{ range is callable }} {{ raise_exception is defined }} {{ strftime_now is defined }} {{ n is callable }}
{{ n is string or n is number }} {{ not n is string }} {{ (n is string) if yes else 'x' }} {{ n + 1 is odd }} {{ s ~ 'x' is string }} {{ n == 7 is true }}
{{ -n is number }}
{{ messages[-1]['role'] == 'user' and messages[0]['role'] in ['system', 'developer'] }} {{ (messages | length) - 1 }} {{ messages | length - 1 }} {{ messages[(messages | length) - 1].role }} {{ (n - 1) % 2 == 0 }}
{{ yes == true }} {{ yes is true }} {{ 'true' if yes == 1 else 'f' }} {{ yes | string }} {{ yes | tojson }} {{ yes ~ '' }} {{ none ~ '' }} {{ [none] | join }}
a {% if yes %} b {% endif %} c
a\n  {% if yes %}\n  b\n  {% endif %}\n c\n
a\n  {%- if yes %}\n  b\n  {%- endif %}\n c\n\n
a\n  {% if yes -%}\n  b\n  {% endif -%}\n c
a\n  {%+ if yes %}\n  b\n  {%+ endif +%}\n c
a\n  {{ n }}\n  {{- n }}\n  {{ n -}}\n  x
a\n  {# comment #}\n  b {#- c -#} d\n  {#+ x #}\n  e{# {{ n }} #}f
  {% if yes %}x{% endif %}\n  {{ n }}\n\n
x {% if yes %}\n{% endif %}\n y
{% if yes %}\n\n  a\n{% else %}\n  b\n{% endif %}\nz
\n\n{% if yes %}\n{% endif %}\n\n
\t{% for i in [1, 2] %}\n\t{{ i }}\n\t{% endfor %}\n
a{% raw %} {{ n }} {% if %} {% endraw %}b
a\n  {% raw %}\n  {{ n }}\n  {% endraw %}\nb
a  {%- raw -%}  {{ n }}  {%- endraw -%}  b
{{ '}}' }} {{ '{{' }} {{ {'a': {'b': 1}} }} {{ {'a': 1}['a'] }} {{ "%}" }} {%set x={'a':{'b':1}}%}{{x.a.b}}
{{ n}}{{n }}{{n}}{%if yes%}y{%endif%}
{{ 'a' if yes else 'b' ~ 'c' }} {{ ('a' if yes else 'b') ~ 'c' }} {{ 'x' ~ ('a' if not yes) }}
{% if n > 5 and n < 10 or false %}a{% elif n %}b{% else %}c{% endif %}{% if false %}a{% elif n == 7 %}b{% elif true %}c{% endif %}{% if missing %}{% else %}d{% endif %}
{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] | trim %}{% set messages = messages[1:] %}{% else %}{% set system = '' %}{% endif %}{{ system }}{% for m in messages %}{{ m.role }}{% endfor %}
{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] | trim + '<|im_end|>' + '\n' }}{% endfor %}
{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ message.role }}{% endif %}{% endfor %}
{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}\n{%- for message in messages[::-1] %}\n    {%- set index = (messages|length - 1) - loop.index0 %}\n    {%- if ns.multi_step_tool and message.role == "user" and message.content is string and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}\n        {%- set ns.multi_step_tool = false %}\n        {%- set ns.last_query_index = index %}\n    {%- endif %}\n{%- endfor %}\n{{ ns.last_query_index }}
{%- if '</think>' in messages[2].content %}\n    {%- set reasoning = messages[2].content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') %}\n    {%- set content = messages[2].content.split('</think>')[-1].lstrip('\n') %}\n{{ reasoning }}/{{ content }}\n{%- endif %}
{%- for tool in tools %}{{- '\n' ~ loop.index ~ '. ' ~ tool.function.name ~ ': ' ~ (tool | tojson) }}{%- for name, spec in tool.function.parameters.properties.items() %}{{ name }}:{{ spec.type }}{{ spec.enum | join(', ') }}{% if name in tool.function.parameters.required %}!{% endif %}{%- endfor %}{%- endfor %}
{{ bos_token + 'x' }}{{ eos_token }}{{ bos_token ~ eos_token }}
{{ bos_token + eos_token }}
{{ raise_exception('no: ' + messages[0].role) }}
{% if false %}{{ 'a' | nope }}{% endif %}x{% if false %}{{ raise_exception('x') }}{% endif %}
{% do names %}
{% if yes %}
{% endif %}
{% for x in %}{% endfor %}
{{ 1 + }}
{{ n n }}
{{ (1 }}
{{ 'abc }}
{{ [1, 2 }}
{% for loop in [1] %}{% endfor %}
{% set true = 1 %}
{% break %}
{% endfor %}
{# open
{{ open
{{ namespace(a=1).a }} {{ d.__class__ }}| {{ dict(a=1, b='x') }}
{{ ''.__class__ }}|{{ messages.class }}|{{ range.class }}|{{ names.__len__ }}|
{{ ''.__class__.__mro__ }}
{{ loop }}
{{ loop is defined }}
{{ 'a' in ['a', 'b'] and 'b' not in ['a'] }} {{ 'a' not in 'abc' }} {{ not 'a' in 'abc' }}
{{ [1, 2] == [1, 2] }} {{ [1, 2] == (1, 2) }} {{ {'a': 1} == {'a': 1.0} }} {{ [1] != [2] }} {{ 'a' == 'a' }} {{ none == none }}
{{ [1] + [2] }} {{ (1,) + (2,) }} {{ [1] + names[1:] }}
{{ [1] + (2,) }}
{{ [1] + 'a' }}
{{ {} + {} }}
{{ 9223372036854775807 }} {{ 1.7976931348623157e308 }} {{ 5e-324 }} {{ 123456789.123456789 }} {{ 1e16 }} {{ 1e15 }} {{ 0.0001 }} {{ 0.00001 }} {{ 2e-3 }} {{ 1e22 }} {{ -0.0 }}
{{ 3.0 | int }} {{ 1e3 | int }} {{ '%' }} {{ '10' | int + 5 }} {{ 10 | string + '5' }} {{ 7 | float / 2 }}
{{ 'a\
b' }} {{ 'tab	here' }}
{{ 'multi
line' }}
"""


def environment():
    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])

    def raise_exception(message):
        raise ValueError(message)

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = lambda form: "now"
    return env


def templates():
    lines = []
    for line in SNIPPETS.strip("\n").split("\n"):
        if lines and (lines[-1].count("{{ 'a\\") > lines[-1].count("b'") or line.endswith("line' }}")):
            lines[-1] += "\n" + line
        else:
            lines.append(line)
    for line in lines:
        # line breaks and tabs outside of strings are written as escapes too, inside they stay escapes
        yield line if "{" not in line or line.startswith("{{ 'a\\") else outside(line)


def outside(line):
    """Escapes outside of tags become characters; in tags that span lines too, where no string is open."""
    result, quote, i, inside = "", None, 0, False
    while i < len(line):
        two = line[i : i + 2]
        if quote is None and two in ("{{", "{%"):
            inside = True
        elif quote is None and two in ("}}", "%}"):
            inside = False
        if quote is None and two in ("\\n", "\\t"):
            result += "\n" if two == "\\n" else "\t"
            i += 2
            continue
        if quote and line[i] == "\\":
            result += two
            i += 2
            continue
        if inside and line[i] in "'\"":
            quote = None if quote == line[i] else quote or line[i]
        result += line[i]
        i += 1
    return result


def main(file):
    env = environment()
    cases = []
    for template in templates():
        try:
            text = env.from_string(template).render(**VARIABLES)
        except Exception:  # what Jinja2 refuses
            text = None
        if text is not None and " object at 0x" in text or text is not None and "<" in text and "generator" in text:
            text = None  # an address in memory is nobody's golden value
        cases.append({"template": template, "text": text})
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"variables": VARIABLES, "cases": cases}, ensure_ascii=False, indent=1) + "\n")
    print(len(cases), "templates,", sum(case["text"] is None for case in cases), "errors")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FILE)
