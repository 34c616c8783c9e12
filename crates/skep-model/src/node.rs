//! Moving around in a BPMN or DMN tree by namespace and name.

use std::borrow::Cow;

pub(crate) type Node<'a> = roxmltree::Node<'a, 'a>;

/// Namespace of BPMN 2.0 models.
pub(crate) const BPMN: &str = "http://www.omg.org/spec/BPMN/20100524/MODEL";

/// Namespaces of DMN 1.1 to 1.5; the second is that of Camunda before the standard was final.
///
/// Source: camunda/camunda-bpm-platform: model-api/dmn-model/.../DmnModelConstants.java
pub(crate) const DMN: [&str; 6] = [
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20151101/dmn11.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
];

/// Namespace of Zeebe's extension elements.
pub(crate) const ZEEBE: &str = "http://camunda.org/schema/zeebe/1.0";

/// Namespace of Camunda 7's extensions, which no Zeebe-compatible engine executes.
pub(crate) const CAMUNDA_7: &str = "http://camunda.org/schema/1.0/bpmn";

/// The local name of a BPMN element; `None` for elements of other namespaces.
pub(crate) fn bpmn_name<'a>(node: Node<'a>) -> Option<&'a str> {
    (node.is_element() && node.tag_name().namespace() == Some(BPMN)).then(|| node.tag_name().name())
}

/// Child elements of the BPMN namespace.
pub(crate) fn bpmn_children<'a>(node: Node<'a>) -> impl Iterator<Item = Node<'a>> {
    node.children().filter(|child| bpmn_name(*child).is_some())
}

/// Child elements of the BPMN namespace with this name.
pub(crate) fn bpmn_named<'a>(node: Node<'a>, name: &str) -> impl Iterator<Item = Node<'a>> {
    bpmn_children(node).filter(move |child| child.tag_name().name() == name)
}

/// The local name of a DMN element; `None` for elements of other namespaces.
pub(crate) fn dmn_name<'a>(node: Node<'a>) -> Option<&'a str> {
    let is_dmn =
        node.is_element() && node.tag_name().namespace().is_some_and(|name| DMN.contains(&name));
    is_dmn.then(|| node.tag_name().name())
}

/// Child elements of a DMN namespace with this name.
pub(crate) fn dmn_named<'a>(node: Node<'a>, name: &str) -> impl Iterator<Item = Node<'a>> {
    node.children().filter(move |child| dmn_name(*child) == Some(name))
}

/// Zeebe's extension elements of a BPMN element.
pub(crate) fn extensions<'a>(node: Node<'a>) -> impl Iterator<Item = Node<'a>> {
    bpmn_named(node, "extensionElements").flat_map(zeebe_children)
}

/// Child elements of Zeebe's namespace.
pub(crate) fn zeebe_children<'a>(node: Node<'a>) -> impl Iterator<Item = Node<'a>> {
    node.children()
        .filter(|child| child.is_element() && child.tag_name().namespace() == Some(ZEEBE))
}

/// Child elements of Zeebe's namespace with this name.
pub(crate) fn zeebe_named<'a>(node: Node<'a>, name: &str) -> impl Iterator<Item = Node<'a>> {
    zeebe_children(node).filter(move |child| child.tag_name().name() == name)
}

/// An attribute without namespace; absent if empty, as editors leave empty ones behind.
pub(crate) fn attribute<'a>(node: Node<'a>, name: &str) -> Option<&'a str> {
    node.attribute(name).filter(|value| !value.is_empty())
}

/// An `xsd:boolean` attribute.
pub(crate) fn flag(node: Node<'_>, name: &str, default: bool) -> bool {
    match node.attribute(name).map(str::trim) {
        Some("true" | "1") => true,
        Some("false" | "0") => false,
        _ => default,
    }
}

/// The text of an element without surrounding white space, whatever comments stand in it.
pub(crate) fn text<'a>(node: Node<'a>) -> Cow<'a, str> {
    let mut pieces =
        node.children().filter(roxmltree::Node::is_text).filter_map(|child| child.text());
    match (pieces.next(), pieces.next()) {
        (None, _) => Cow::Borrowed(""),
        (Some(only), None) => Cow::Borrowed(only.trim()),
        (Some(first), Some(second)) => {
            let mut all = format!("{first}{second}");
            all.extend(pieces);
            Cow::Owned(all.trim().to_owned())
        }
    }
}
