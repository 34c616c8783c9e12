//! JSON files that are deployed beside processes: forms and robot scripts.
//!
//! The engine needs no more of them than their name; what is in them is for those who show a
//! form or run a script.

use std::sync::Arc;

use serde::Deserialize;

use crate::problem::{Problem, Problems};
use crate::xml::RESOURCE_BYTES_MAX;

/// What a JSON file says about itself.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JsonResource {
    /// Its id, by which elements ask for it.
    pub id: Arc<str>,
    /// Its version tag, by which elements can ask for it as well.
    #[serde(default)]
    pub version_tag: Option<Arc<str>>,
}

/// Reads a `.form` or `.rpa` file.
///
/// # Errors
/// [`Problems`]: too large, not a JSON object, or one without an id.
///
/// Source: camunda/zeebe: engine/processing/deployment/transform/FormResourceTransformer.java
pub fn parse_json_resource(json: &[u8]) -> Result<JsonResource, Problems> {
    let of_file = |message: String| Problems::from(Problem::of_file(message));
    if json.len() > RESOURCE_BYTES_MAX {
        return Err(of_file(format!(
            "the file has {} bytes, but at most {RESOURCE_BYTES_MAX} are read: split it",
            json.len()
        )));
    }
    if json.trim_ascii_start().first() != Some(&b'{') {
        return Err(of_file("the file is no JSON object: export it again".to_owned()));
    }
    let resource: JsonResource = serde_json::from_slice(json)
        .map_err(|error| of_file(format!("the file cannot be read: {error}")))?;
    if resource.id.trim().is_empty() {
        return Err(of_file("the id is blank: give the file an id".to_owned()));
    }
    let version_tag = resource.version_tag.filter(|tag| !tag.trim().is_empty());
    Ok(JsonResource { version_tag, ..resource })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_its_id_and_perhaps_its_tag() {
        let form =
            br#"{"components":[{"id":"x"}],"id":"approve","versionTag":"v1","schemaVersion":16}"#;
        let form = parse_json_resource(form).unwrap();
        assert_eq!((&*form.id, form.version_tag.as_deref()), ("approve", Some("v1")));
        let form = parse_json_resource(br#"{"id":"approve","versionTag":""}"#).unwrap();
        assert_eq!(form.version_tag, None);
        // What is not read may be nested as it likes.
        let n = 100_000;
        let deep = format!(r#"{{"x":{}{},"id":"deep"}}"#, "[".repeat(n), "]".repeat(n));
        assert_eq!(&*parse_json_resource(deep.as_bytes()).unwrap().id, "deep");
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for (json, said) in [
            ("", "no JSON object"),
            ("[]", "no JSON object"),
            ("{", "cannot be read"),
            ("{}", "missing field `id`"),
            (r#"{"id":7}"#, "invalid type"),
            (r#"{"id":" "}"#, "is blank"),
            (r#"{"id":"a"} x"#, "trailing characters"),
        ] {
            let problems = parse_json_resource(json.as_bytes()).unwrap_err().to_string();
            assert!(problems.contains(said), "{json:.40}: {problems}");
        }
    }
}
