"""A peer that lives as long as the bench and times itself.

Arguments: a file with the response, a file with the public key. A line of standard input says how many
times the response is parsed and both of its signatures are verified; the answer is the CPU time of
that in nanoseconds.
"""

import sys
import time

import xmlsec
from lxml import etree

ASSERTION = "{urn:oasis:names:tc:SAML:2.0:assertion}Assertion"
SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"

with open(sys.argv[1], "rb") as file:
    response = file.read()
key = xmlsec.Key.from_file(sys.argv[2], xmlsec.constants.KeyDataFormatPem)
parser = etree.XMLParser(resolve_entities=False, no_network=True)


def verify():
    root = etree.fromstring(response, parser)
    xmlsec.tree.add_ids(root, ["ID"])
    for element in (root, root.find(ASSERTION)):
        context = xmlsec.SignatureContext()
        context.key = key
        context.verify(element.find(SIGNATURE))


verify()
print("xmlsec", xmlsec.__version__, flush=True)
for line in sys.stdin:
    calls = int(line)
    start = time.thread_time_ns()
    for _ in range(calls):
        verify()
    print(time.thread_time_ns() - start, flush=True)
