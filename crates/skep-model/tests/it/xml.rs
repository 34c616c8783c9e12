//! What comes before BPMN: encodings, namespaces, hostile and broken XML.

use std::time::Instant;

use skep_model::{ElementKind, parse_bpmn};

use crate::rules::{definitions, flows, model};

fn refusal(xml: &[u8]) -> String {
    parse_bpmn(xml).expect_err("the file is refused").to_string()
}

fn ids(xml: &[u8]) -> Vec<String> {
    let processes = parse_bpmn(xml).map_err(|problems| problems.to_string()).unwrap();
    processes[0].elements.iter().map(|element| element.id.to_string()).collect()
}

#[test]
fn any_prefix_will_do() {
    let plain = model(&flows(&["start", "start"]), "").replace(&flows(&["start", "start"]), "");
    let prefixed = plain.replace("xmlns=", "xmlns:q=").replace('<', "<q:").replace("<q:/", "</q:");
    assert_eq!(ids(plain.as_bytes()), ["order", "start"]);
    assert_eq!(ids(prefixed.as_bytes()), ["order", "start"]);

    // The same names in another namespace mean nothing.
    let foreign = plain.replace("/spec/BPMN/20100524/MODEL", "/spec/other");
    assert!(refusal(foreign.as_bytes()).contains("is no BPMN 2.0 model"));
    let inside = model("<x:callActivity xmlns:x=\"urn:x\" id=\"other\"/>", "");
    assert_eq!(ids(inside.as_bytes()), ["order", "start"]);
}

#[test]
fn encodings() {
    let text = model("<endEvent id=\"end\" name=\"Käse\"/>", "");
    let with_bom = [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat();
    let declared = format!("<?xml version='1.0' encoding='utf-8'?>{text}");
    for xml in [text.as_bytes(), &with_bom, declared.as_bytes()] {
        let processes = parse_bpmn(xml).unwrap();
        assert_eq!(processes[0].elements[2].name.as_deref(), Some("Käse"));
    }

    let utf16 = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<_>>();
    for xml in [
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
        [vec![0xff, 0xfe], utf16(u16::to_le_bytes)].concat(),
        [vec![0xfe, 0xff], utf16(u16::to_be_bytes)].concat(),
    ] {
        assert_eq!(
            refusal(&xml),
            "- Element: file\n    - ERROR: the file is encoded in UTF-16: save it as UTF-8"
        );
    }

    let latin = text.replace("Käse", "K?se").into_bytes();
    let latin: Vec<u8> = latin.into_iter().map(|b| if b == b'?' { 0xe4 } else { b }).collect();
    assert!(refusal(&latin).contains("not valid UTF-8: save it as UTF-8 (line 4, column 27)"));
    let declared = [b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>".as_slice(), &latin].concat();
    assert!(refusal(&declared).contains("declares the encoding 'ISO-8859-1'"));
}

#[test]
fn broken_xml_says_where() {
    let table: [(&[u8], &str); 9] = [
        (b"", "it has no root element"),
        (b"   \n ", "it has no root element"),
        (b"\0\0\0\0", "not well-formed XML"),
        (b"hello", "not well-formed XML: unknown token (line 1, column 1)"),
        (b"<a>\n  <b>\n</a>", "expected 'b' tag, not 'a' (line 3, column 1)"),
        (b"<a>\n", "it ends inside an element (line 2, column 1)"),
        (b"<a x='1' x='2'/>", "attribute 'x' is already defined (line 1, column 10)"),
        (b"<a>&nothing;</a>", "unknown entity reference 'nothing' (line 1, column 4)"),
        (b"<p:a/>", "an unknown namespace prefix 'p' (line 1, column 2)"),
    ];
    for (xml, reason) in table {
        let text = refusal(xml);
        assert!(text.contains(reason), "{xml:?}: {text}");
    }
}

#[test]
fn problems_say_where() {
    let xml = model("  <transaction id=\"call\"/>\n    <serviceTask id=\"work\"/>", "");
    insta::assert_snapshot!(refusal(xml.as_bytes()), @"
    - Element: call
        - ERROR: the element 'transaction' is not supported by this version of Skep: replace or remove it (element 'call') (line 4, column 3)
    - Element: work
        - ERROR: no job type is defined: add zeebe:taskDefinition with a type (line 5, column 5)
    ");
}

#[test]
fn document_types_are_refused() {
    for xml in [
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        "<?xml version=\"1.0\"?>\n<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
        "<a><!DOCTYPE a></a>",
    ] {
        assert!(refusal(xml.as_bytes()).contains("remove <!DOCTYPE"), "{xml}");
    }
}

/// A hostile file is refused for `reason`, and at once.
fn refused_at_once(xml: &str, reason: &str) {
    let start = Instant::now();
    let text = refusal(xml.as_bytes());
    // Milliseconds in practice; quadratic work on these sizes would take minutes.
    assert!(start.elapsed().as_secs() < 10, "took {:?}", start.elapsed());
    assert!(text.contains(reason), "{text}");
    assert!(text.len() < 1000, "{} bytes", text.len());
}

#[test]
fn sizes_are_limited() {
    refused_at_once(&"<a>".repeat(100_000), "too deeply nested elements, the limit is 200");
    let nested = "<a>".repeat(100_000) + &"</a>".repeat(100_000);
    refused_at_once(&nested, "too deeply nested elements, the limit is 200");
    refused_at_once(&"x".repeat(5 * 1024 * 1024), "has 5242880 bytes, the limit is 4194304");
    refused_at_once(&"<".repeat(4_000_000), "too many '<'");
    refused_at_once(&format!("<a>{}</a>", "<b/>".repeat(200_000)), "too many elements");

    let attributes: String = (0..300_000).map(|n| format!(" a{n}=''")).collect();
    refused_at_once(&format!("<a{attributes}/>"), "too many attributes on one element");
    let namespaces: String = (0..90).map(|n| format!(" xmlns:a{n}='urn:{n}'")).collect();
    refused_at_once(&format!("<a{namespaces}/>"), "too many nested namespace declarations");
    let many = "<b xmlns:a='urn:a'/>".repeat(20_000);
    refused_at_once(&format!("<a>{many}</a>"), "too many namespace declarations");
    let long_name = "n".repeat(1_000_000);
    refused_at_once(&format!("<{long_name}></b>"), "not well-formed XML");
    refused_at_once(&format!("<{long_name}/>"), "is no BPMN 2.0 model");
    refused_at_once(
        &model(&format!("<task id=\"{long_name}\" default=\"x\"/><{long_name}/>"), ""),
        "no id",
    );
}

#[test]
fn markup_that_looks_like_more_is_counted_as_it_is() {
    let noise = "<!-- <a><a> xmlns:x='y' --><![CDATA[<b><b>]]><?pi <c> ?>";
    let body = format!("{noise}<documentation>{noise}a &lt; b</documentation>");
    let quotes = "<endEvent id=\"end\" name='a > b \"c\" /> = xmlns'/>";
    assert_eq!(ids(model(&(body + quotes), "").as_bytes()), ["order", "start", "end"]);
}

#[test]
fn comments_and_cdata_belong_to_texts() {
    let timer = "<intermediateCatchEvent id=\"wait\"><timerEventDefinition><timeDuration>\n \
                 P<!-- period -->1<![CDATA[D]]>T&#49;H \n</timeDuration></timerEventDefinition>\
                 </intermediateCatchEvent>";
    let processes = parse_bpmn(model(timer, "").as_bytes()).unwrap();
    let ElementKind::IntermediateCatchEvent(trigger) = &processes[0].elements[2].kind else {
        panic!("no catch event");
    };
    assert!(format!("{trigger:?}").contains("P1DT1H"), "{trigger:?}");
}

#[test]
fn reports_stay_short() {
    let body: String = (0..2_000).map(|n| format!("<transaction id=\"call_{n}\"/>")).collect();
    let problems = parse_bpmn(model(&body, "").as_bytes()).unwrap_err();
    assert!(problems.to_string().len() <= skep_model::REPORT_BYTES_MAX + 20);
    assert_eq!(problems.problems.len() + problems.omitted, 2_000);
    assert!(problems.to_string().ends_with(&format!("- and {} more", problems.omitted)));
}

#[test]
fn ids_may_be_qualified() {
    let body = "<receiveTask id=\"work\" messageRef=\"tns:paid\"/><sequenceFlow id=\"f\" \
                sourceRef=\"tns:start\" targetRef=\"tns:work\"/>";
    let roots = "<message id=\"paid\" name=\"paid\"><extensionElements><zeebe:subscription \
                 correlationKey=\"=id\"/></extensionElements></message>";
    assert_eq!(ids(model(body, roots).as_bytes()), ["order", "start", "work"]);
    assert!(parse_bpmn(definitions("").as_bytes()).is_err());
}
