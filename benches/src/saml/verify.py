"""A peer that lives as long as the bench and times itself.

Arguments: a file with the response, a file with the certificate, and "pinned" or "each". A line of
standard input says how many times the response is parsed and both of its signatures are verified; the
answer is the CPU time of that in nanoseconds. With "each" the key is read from the certificate for each
signature, as python3-saml does it.
"""

import sys
import time

import xmlsec
from lxml import etree

ASSERTION = "{urn:oasis:names:tc:SAML:2.0:assertion}Assertion"
SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"

with open(sys.argv[1], "rb") as file:
    response = file.read()
with open(sys.argv[2], "rb") as file:
    certificate = file.read()


def read_key():
    return xmlsec.Key.from_memory(certificate, xmlsec.constants.KeyDataFormatCertPem)


pinned = read_key() if sys.argv[3] == "pinned" else None
parser = etree.XMLParser(resolve_entities=False, no_network=True)


def verify():
    root = etree.fromstring(response, parser)
    xmlsec.tree.add_ids(root, ["ID"])
    for element in (root, root.find(ASSERTION)):
        context = xmlsec.SignatureContext()
        context.key = pinned or read_key()
        context.verify(element.find(SIGNATURE))


verify()
print("xmlsec", xmlsec.__version__, flush=True)
for line in sys.stdin:
    calls = int(line)
    start = time.thread_time_ns()
    for _ in range(calls):
        verify()
    print(time.thread_time_ns() - start, flush=True)
