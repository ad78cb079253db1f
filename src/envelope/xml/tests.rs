use super::*;
use crate::verdict::{Code, Refusal};
use std::fmt::Write;

fn refused(document: impl AsRef<[u8]>) -> (Code, u32) {
    let refusal = Document::parse(document.as_ref(), &Limits::MESSAGE).unwrap_err();
    (refusal.code(), refusal.place().offset.unwrap())
}

fn parsed(document: &str) -> Document<'_> {
    Document::parse(document.as_bytes(), &Limits::MESSAGE).unwrap()
}

#[test]
fn reads_names_attributes_and_text() {
    let document = parsed(
        "<?xml version='1.0' encoding=\"utf-8\"?>\n<!-- before --><p:r xmlns:p='urn:a' xmlns='urn:b' p:x='1' x=\"a&lt;b\r\n\tc&#10;d\">\
         t<![CDATA[<&]]>&#x41;&amp;\r\nu<c/> <d xmlns=''><e/></d></p:r>\n<?after it?>",
    );
    let root = document.root();
    assert!(root.is("urn:a", "r") && !root.is("urn:b", "r") && root.parent().is_none());
    assert_eq!(root.attribute("x"), Some("a<b  c\nd"));
    assert_eq!(root.attribute_ns("urn:a", "x"), Some("1"));
    assert_eq!(root.attribute("p:x"), None);
    let all: Vec<_> = root.attributes().map(|a| (a.namespace, a.local)).collect();
    assert_eq!(all, [(Some("urn:a"), "x"), (None, "x")]);
    let names: Vec<_> = root.children().map(|c| (c.namespace(), c.local_name())).collect();
    assert_eq!(names, [(Some("urn:b"), "c"), (None, "d")]);
    assert_eq!(root.text().unwrap_err().code(), Code::XmlContent);
    assert!(!root.has_only_elements());
    let d = root.children().nth(1).unwrap();
    assert!(d.has_only_elements() && d.parent().unwrap().is_same(&root));
    assert_eq!(d.children().count(), 1);
    assert_eq!(document.texts.source.as_bytes()[d.offset()..][..2], *b"<d");
}

#[test]
fn text_is_all_of_it_or_nothing() {
    let text = |document: &str| parsed(document).root().text().map(|text| text.into_owned());
    assert_eq!(text("<a/>").unwrap(), "");
    assert_eq!(text("<a>x<![CDATA[]]>y<![CDATA[<z>]]></a>").unwrap(), "xy<z>");
    assert_eq!(text("<a>admin<!-- -->.evil</a>").unwrap_err().code(), Code::XmlComment);
    assert_eq!(text("<a>admin<?x y?>.evil</a>").unwrap_err().code(), Code::XmlInstruction);
    assert_eq!(text("<a>admin<b/>.evil</a>").unwrap_err().code(), Code::XmlContent);
    assert_eq!(text("<a>admin.evil</a>").unwrap(), "admin.evil");
}

#[test]
fn markup_that_a_profile_refuses_is_found_at_any_depth() {
    let markup = |document: &str| {
        parsed(document).root().without_markup().map_err(|e| (e.code(), e.place().offset.unwrap()))
    };
    assert_eq!(markup("<!-- a --><a><b/></a><!-- b --><?p?>"), Ok(()));
    assert_eq!(markup("<a><b><!-- --></b></a>"), Err((Code::XmlComment, 6)));
    assert_eq!(markup("<a><b><?p?></b><!-- --></a>"), Err((Code::XmlInstruction, 6)));
}

#[test]
fn qualified_names_in_content_mean_what_is_in_scope() {
    let document =
        parsed("<a xmlns='urn:d' xmlns:p='urn:p'><b xmlns:p='urn:q' xmlns=''><c/></b><e/></a>");
    let [b, e] = document.root().children().collect::<Vec<_>>()[..] else { panic!() };
    let c = b.children().next().unwrap();
    assert_eq!(c.resolve("p:x"), Some((Some("urn:q"), "x")));
    assert_eq!(c.resolve("x"), Some((None, "x")));
    assert_eq!(e.resolve("p:x"), Some((Some("urn:p"), "x")));
    assert_eq!(e.resolve("x"), Some((Some("urn:d"), "x")));
    assert_eq!(e.resolve("xml:x"), Some((Some(XML_NAMESPACE), "x")));
    for none in ["q:x", "p:", ":x", "", "p:x:y", "xmlns:x"] {
        assert_eq!(e.resolve(none), None, "{none}");
    }
}

#[test]
fn refuses_what_is_not_one_well_formed_document() {
    for (document, at) in [
        ("", 0),
        (" ", 1),
        ("x", 0),
        ("<a>", 3),
        ("<a", 2),
        ("<a/", 3),
        ("<a/><b/>", 4),
        ("<a/>x", 4),
        ("<a></b>", 3),
        ("<a></a:a>", 3),
        ("<a></ab>", 3),
        ("</a>", 0),
        ("<a/></a>", 4),
        ("<a b='1' b='2'/>", 1),
        ("<a xmlns:b='urn:x' xmlns:b='urn:x'/>", 19),
        ("<a xmlns:b='urn:x' xmlns:c='urn:x' b:d='' c:d=''/>", 1),
        ("<a b='1'c='2'/>", 8),
        ("<a b/>", 4),
        ("<a b=1/>", 5),
        ("<a b='<'/>", 6),
        ("<a b='&#0;'/>", 6),
        ("<a>&#xD800;</a>", 3),
        ("<a>&#xFFFE;</a>", 3),
        ("<a>&#x110000;</a>", 3),
        ("<a>&#99999999999999999999;</a>", 3),
        ("<a>&#;</a>", 3),
        ("<a>&;</a>", 3),
        ("<a>& </a>", 3),
        ("<a>&#x41</a>", 3),
        ("<a>]]></a>", 3),
        ("<a><![CDATA[</a>", 12),
        ("<![CDATA[]]><a/>", 0),
        ("<a><!-- -- --></a>", 10),
        ("<a><!-- ---></a>", 10),
        ("<a><!-- </a>", 7),
        ("<a><?xml version='1.0'?></a>", 3),
        (" <?xml version='1.0'?><a/>", 1),
        ("<?xml version='1.0' standalone='maybe'?><a/>", 32),
        ("<?xml encoding='UTF-8'?><a/>", 5),
        ("<?xml version='1.0'encoding='UTF-8'?><a/>", 19),
        ("<a><?p:q ?></a>", 6),
        ("<a><?p+?></a>", 6),
        ("<1a/>", 1),
        ("<a:b:c xmlns:a='urn:a'/>", 4),
        ("<:a/>", 1),
        ("<a:/>", 3),
        ("<a>\u{1}</a>", 3),
        ("<a>\u{ffff}</a>", 3),
        ("< a/>", 1),
    ] {
        assert_eq!(refused(document), (Code::XmlMalformed, at), "{document}");
    }
    parsed("<a b='1' c='2'>&#x10FFFF;&#9; ]] &gt;<!-- - -->é</a>\r\n<!-- --><?p?> ");
    parsed("<?xml version=\"1.0\" encoding='UTF-8' standalone='yes' ?><a/>");
}

#[test]
fn refuses_document_types_and_their_entities() {
    for (document, at) in [
        ("<!DOCTYPE a><a/>", 0),
        ("<!doctype a><a/>", 0),
        (
            "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>",
            21,
        ),
        ("<a/><!DOCTYPE a>", 4),
        ("<a><!ENTITY e 'x'></a>", 3),
        ("<a><![INCLUDE[]]></a>", 3),
    ] {
        assert_eq!(refused(document), (Code::XmlDtd, at), "{document}");
    }
    for (document, at) in [
        ("<a>&e;</a>", 3),
        ("<a>x&nbsp;</a>", 4),
        ("<a b='&AMP;'/>", 6),
        ("<a>&averyveryverylongnamethatdoesnotend</a>", 3),
        ("<a>&é;</a>", 3),
    ] {
        assert_eq!(refused(document), (Code::XmlEntity, at), "{document}");
    }
    assert_eq!(parsed("<a>&lt;&gt;&amp;&quot;&apos;</a>").root().text().unwrap(), "<>&\"'");
}

#[test]
fn refuses_other_encodings_and_versions() {
    for (document, at) in [
        (&b"\xff\xfe<\0a\0/\0>\0"[..], 0),
        (b"\xfe\xff\0<\0a\0/\0>", 0),
        (b"<\0a\0/\0>\0", 1),
        (b"<a>\0</a>", 3),
        (b"<a>\xc0\xbc</a>", 3),
        (b"<a>\xed\xa0\x80</a>", 3),
        (b"\xef\xbb\xbf<a>\xff</a>", 6),
        (b"\xef\xbb\xbf\xef\xbb\xbf<a/>", 3),
        ("<a>x\u{feff}</a>".as_bytes(), 4),
        (b"<?xml version='1.1'?><a/>", 15),
        (b"<?xml version='1.0' encoding='UTF-16'?><a/>", 30),
        (b"<?xml version='1.0' encoding='ISO-8859-1'?><a/>", 30),
        (b"<?xml version='1.0' encoding='UTF-7'?><a/>", 30),
    ] {
        assert_eq!(refused(document), (Code::XmlEncoding, at), "{document:?}");
    }
    let octets = b"\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?><a> <b/></a>";
    let document = Document::parse(octets, &Limits::MESSAGE).unwrap();
    let b = document.root().children().next().unwrap();
    assert_eq!(octets[b.offset()..][..2], *b"<b");
}

#[test]
fn refuses_namespaces_that_mean_nothing_or_something_else() {
    for (document, at) in [
        ("<p:a/>", 1),
        ("<a p:b=''/>", 1),
        ("<a><b xmlns:p='urn:p'/><p:c/></a>", 24),
        ("<a xmlns:p=''/>", 3),
        ("<a xmlns:xml='urn:x'/>", 3),
        ("<a xmlns:xmlns='urn:x'/>", 3),
        ("<a xmlns='http://www.w3.org/XML/1998/namespace'/>", 3),
        ("<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>", 3),
        ("<a xmlns:p='http://www.w3.org/2000/xmlns/'/>", 3),
        ("<xmlns:a/>", 1),
    ] {
        assert_eq!(refused(document), (Code::XmlNamespace, at), "{document}");
    }
    for relative in ["1", "./x", "//host/x", "#x", "1a:b", "a b:c", "urn:a b", "urn:\u{e9}", ":a"] {
        assert_eq!(refused(format!("<a xmlns:p='{relative}'/>")), (Code::XmlC14n, 3), "{relative}");
        assert_eq!(refused(format!("<a xmlns='{relative}'/>")), (Code::XmlC14n, 3), "{relative}");
    }
    parsed(
        "<a xmlns='' xmlns:p='urn:x-y+z:1%20' xmlns:xml='http://www.w3.org/XML/1998/namespace'/>",
    );
}

#[test]
fn two_of_many_are_found_as_two_of_few_are() {
    for many in [5, 30, 300] {
        let ids: String = (0..many).map(|n| format!("<b ID='i{n}'/>")).collect();
        parsed(&format!("<a>{ids}</a>"));
        let document = format!("<a>{ids}<b ID='i3'/></a>");
        let at = u32::try_from(document.len() - 16 + 3).unwrap();
        assert_eq!(refused(&document), (Code::AmbiguousId, at));
    }
    for many in [5, 30, 60] {
        let attributes: String = (0..many).map(|n| format!(" a{n}=''")).collect();
        parsed(&format!("<a{attributes}/>"));
        assert_eq!(refused(format!("<a{attributes} a3=''/>")), (Code::XmlMalformed, 1));
        let both = " xmlns:p='urn:p' xmlns:q='urn:p' p:x='' a03='' q:x=''";
        assert_eq!(
            refused(format!("<a{attributes}{both}/>").replace("a59=''", "")),
            (Code::XmlMalformed, 1)
        );
    }
}

#[test]
fn refuses_an_identifier_that_is_there_twice_in_any_spelling() {
    let one = "<a xmlns:e='urn:e' ID='x'><b";
    for other in ["ID", "Id", "id", "iD", "xml:id", "e:ID"] {
        let document = format!("{one} {other}='x'/></a>");
        assert_eq!(refused(&document), (Code::AmbiguousId, 29), "{document}");
        parsed(&document.replace("ID='x'><b", "ID='y'><b"));
    }
    assert_eq!(refused("<a ID='x' e:ID='x' xmlns:e='urn:e'/>").0, Code::AmbiguousId);
    assert_eq!(refused("<a ID='&#120;'><b ID='x'/></a>").0, Code::AmbiguousId);
    parsed("<a ID='x'><b IDs='x' id2='x' ids='x'/></a>");
}

#[test]
fn every_limit_holds_to_the_last() {
    let limits = Limits { bytes: 200, depth: 3, attributes: 2, nodes: 4, text: 5 };
    let code = |document: &str| {
        Document::parse(document.as_bytes(), &limits).map(|_| ()).map_err(|e: Refusal| e.code())
    };
    let padded = |len: usize| format!("<a/>{}", " ".repeat(len - 4));
    assert_eq!(code(&padded(200)), Ok(()));
    assert_eq!(code(&padded(201)), Err(Code::LimitSize));
    assert_eq!(code("<a><b><c/></b></a>"), Ok(()));
    assert_eq!(code("<a><b><c><d/></c></b></a>"), Err(Code::LimitDepth));
    assert_eq!(code("<a b='' xmlns=''/>"), Ok(()));
    assert_eq!(code("<a b='' xmlns='' c=''/>"), Err(Code::LimitCount));
    assert_eq!(code("<a><b/><b/><b/></a>"), Ok(()));
    assert_eq!(code("<a><b/><b/><b/>x</a>"), Err(Code::LimitCount));
    assert_eq!(code("<a b='12345'>12345</a>"), Ok(()));
    assert_eq!(code("<a b='123456'/>"), Err(Code::LimitSize));
    assert_eq!(code("<a b='1234&#x35;6'/>"), Err(Code::LimitSize));
    assert_eq!(code("<a>123456</a>"), Err(Code::LimitSize));
    assert_eq!(code("<a>1234&#x35;6</a>"), Err(Code::LimitSize));
    assert_eq!(code("<a>123<!---->456</a>"), Err(Code::LimitSize));
    assert_eq!(code("<a>123<b/>45</a>"), Ok(()));
    assert_eq!(code("<a>  123<b/>  </a>"), Ok(()));
    assert_eq!(code("<a><!--123456--></a>"), Err(Code::LimitSize));
    assert_eq!(code("<a><?b 123456?></a>"), Err(Code::LimitSize));
    let mut document = String::from("<a>");
    for n in 0..NAMESPACES {
        write!(document, "<b xmlns:p{n}='urn:x'/>").unwrap();
    }
    document.push_str("</a>");
    assert_eq!(refused(&document).0, Code::LimitCount);
    let mut document = String::from("<a>");
    for n in 0..NAMESPACES {
        write!(document, "<b xmlns:p='urn:{n}'/>").unwrap();
    }
    document.push_str("</a>");
    assert_eq!(refused(&document).0, Code::LimitCount);
    parsed(&document.replace("urn:1'", "urn:0'").replace("urn:2'", "urn:0'"));
    let name = "a".repeat(NAME_BYTES);
    parsed(&format!("<{name}/>"));
    assert_eq!(refused(format!("<{name}a/>")), (Code::LimitSize, 1));
    let uri = format!("urn:{}", "a".repeat(NAMESPACE_BYTES - 4));
    parsed(&format!("<a xmlns='{uri}'/>"));
    assert_eq!(refused(format!("<a xmlns='{uri}a'/>")), (Code::LimitSize, 3));
}

#[test]
fn says_nothing_of_what_is_in_it() {
    let document = parsed("<secret>secret</secret>");
    assert!(!format!("{document:?} {:?}", document.root()).contains("secret"));
}
