/* What a careful program does with libxmlsec1: parse, register the IDs, verify the signature that
   stands directly in the response and the one in its assertion, each with the pinned key. */

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>
#include <xmlsec/app.h>
#include <xmlsec/crypto.h>
#include <xmlsec/errors.h>
#include <xmlsec/keysmngr.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/xmltree.h>

int bench_xmlsec_init(void) {
    xmlInitParser();
    return xmlSecInit() == 0 && xmlSecCryptoAppInit(NULL) == 0 && xmlSecCryptoInit() == 0;
}

void *bench_xmlsec_key(const unsigned char *pem, size_t len) {
    return xmlSecCryptoAppKeyLoadMemory(pem, (xmlSecSize)len, xmlSecKeyDataFormatPem, NULL, NULL, NULL);
}

/* The pinned certificate as a trusted one of a manager, as the command xmlsec1 has it: the key is that
   of the certificate in the message, once it was found to be this one. */
void *bench_xmlsec_manager(const unsigned char *pem, size_t len) {
    xmlSecKeysMngrPtr manager = xmlSecKeysMngrCreate();
    if (manager == NULL || xmlSecCryptoAppDefaultKeysMngrInit(manager) < 0) return NULL;
    int loaded = xmlSecCryptoAppKeysMngrCertLoadMemory(manager, pem, (xmlSecSize)len,
                                                       xmlSecKeyDataFormatPem, xmlSecKeyDataTypeTrusted);
    return loaded < 0 ? NULL : manager;
}

/* With a manager the library looks for the key, and reads KeyInfo on the way. */
static int verify(xmlNodePtr element, xmlSecKeysMngrPtr manager, xmlSecKeyPtr key) {
    xmlNodePtr signature = xmlSecFindChild(element, xmlSecNodeSignature, xmlSecDSigNs);
    if (signature == NULL) return 0;
    xmlSecDSigCtxPtr context = xmlSecDSigCtxCreate(manager);
    if (context == NULL) return 0;
    context->enabledReferenceUris = xmlSecTransformUriTypeSameDocument;
    if (key != NULL) context->signKey = xmlSecKeyDuplicate(key);
    int sound = xmlSecDSigCtxVerify(context, signature) == 0 &&
                context->status == xmlSecDSigStatusSucceeded;
    xmlSecDSigCtxDestroy(context);
    return sound;
}

/* How many of the two signatures held; negative for a document that is none. */
int bench_xmlsec_verify(const char *xml, size_t len, void *manager, void *key) {
    static const xmlChar *ids[] = {BAD_CAST "ID", NULL};
    xmlDocPtr document = xmlReadMemory(xml, (int)len, "response.xml", NULL, XML_PARSE_NONET);
    if (document == NULL) return -1;
    xmlNodePtr root = xmlDocGetRootElement(document);
    xmlSecAddIDs(document, root, ids);
    int held = verify(root, manager, key);
    xmlNodePtr assertion =
        xmlSecFindChild(root, BAD_CAST "Assertion", BAD_CAST "urn:oasis:names:tc:SAML:2.0:assertion");
    if (assertion != NULL) held += verify(assertion, manager, key);
    xmlFreeDoc(document);
    return held;
}
