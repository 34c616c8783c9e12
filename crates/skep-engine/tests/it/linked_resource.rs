//! Files that jobs link to.

use skep_record::{
    Command, DeployResources, Deployment, ErrorType, ResolveIncident, Resource, Response, TenantId,
};

use crate::rig::Rig;

fn deploy(rig: &mut Rig, files: &[(&str, &str)]) -> Deployment {
    let resources = files.iter().map(|(name, content)| Resource {
        name: (*name).into(),
        content: content.as_bytes().to_vec().into(),
    });
    let resources = resources.collect();
    let command = DeployResources { resources, tenant_id: TenantId::default() };
    match rig.ok(1, Command::DeployResources(command)) {
        Response::Deployed(deployment) => deployment,
        other => panic!("{other:?}"),
    }
}

/// A process with one task whose job links to the file `robot`.
fn process(tag: &str, binding: &str) -> String {
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
            xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="definitions">
          <process id="order" isExecutable="true"><startEvent id="start"/>
            <{tag} id="work"><extensionElements>
              <zeebe:taskDefinition type="work"/>
              <zeebe:taskHeaders><zeebe:header key="a" value="b"/></zeebe:taskHeaders>
              <zeebe:linkedResources>
                <zeebe:linkedResource resourceId="robot" resourceType="RPA" linkName="RPAScript"
                  {binding}/>
              </zeebe:linkedResources></extensionElements></{tag}>
            <sequenceFlow id="f" sourceRef="start" targetRef="work"/></process>
        </definitions>"#
    )
}

/// The headers of the only job, with the key of the file it links to.
fn headers(rig: &mut Rig) -> String {
    rig.create("order", "");
    let jobs = rig.activate("work");
    assert_eq!(jobs.len(), 1);
    jobs[0].custom_headers.to_json()
}

fn expected(key: &str) -> String {
    let link = format!(
        r#"[{{\"resourceKey\":\"{key}\",\"resourceType\":\"RPA\",\"linkName\":\"RPAScript\"}}]"#
    );
    format!(r#"{{"a":"b","linkedResources":"{link}"}}"#)
}

#[test]
fn a_job_names_the_file_that_its_binding_chooses() {
    let mut rig = Rig::new();
    let robot = |tag: &str| format!(r#"{{"id":"robot","versionTag":"{tag}","script":"go"}}"#);
    let key = |deployment: &Deployment| deployment.resources[0].key.to_string();
    let first = deploy(&mut rig, &[("robot.rpa", &robot("v1"))]);
    let bound = process("serviceTask", r#"bindingType="deployment""#);
    let second = deploy(&mut rig, &[("robot.rpa", &robot("v2")), ("order.bpmn", &bound)]);
    let third = deploy(&mut rig, &[("robot.rpa", &robot("v3"))]);
    assert_eq!(headers(&mut rig), expected(&key(&second)));

    deploy(&mut rig, &[("order.bpmn", &process("scriptTask", ""))]);
    assert_eq!(headers(&mut rig), expected(&key(&third)));
    let tagged = process("sendTask", r#"bindingType="versionTag" versionTag="v1""#);
    deploy(&mut rig, &[("order.bpmn", &tagged)]);
    assert_eq!(headers(&mut rig), expected(&key(&first)));
}

#[test]
fn a_file_that_is_not_deployed_is_an_incident() {
    for binding in
        ["", r#"bindingType="deployment""#, r#"bindingType="versionTag" versionTag="v1""#]
    {
        let mut rig = Rig::new();
        deploy(&mut rig, &[("order.bpmn", &process("serviceTask", binding))]);
        rig.create("order", "");
        let log = rig.take_log();
        assert!(log.contains(ErrorType::ResourceNotFound.as_str()), "{log}");
        assert!(rig.activate("work").is_empty());
        let deployment = deploy(&mut rig, &[("r.rpa", r#"{"id":"robot","versionTag":"v1"}"#)]);
        let incident = rig.incidents[0];
        rig.ok(
            1,
            Command::ResolveIncident(ResolveIncident {
                incident_key: incident,
                operation_reference: 0,
            }),
        );
        let jobs = rig.activate("work");
        if binding.contains("deployment") {
            // Another deployment does not help.
            assert_eq!((jobs.len(), rig.incidents.len()), (0, 2));
        } else {
            let key = deployment.resources[0].key.to_string();
            assert_eq!(jobs[0].custom_headers.to_json(), expected(&key));
        }
    }
}

#[test]
fn any_other_file_is_kept_under_its_name() {
    let mut rig = Rig::with_partitions(3);
    let files = [("notes.md", "# Steps"), ("settings.xml", "<settings/>"), ("LICENSE", "")];
    let first = deploy(&mut rig, &files);
    let kept: Vec<_> =
        first.resources.iter().map(|file| (&*file.resource_id, file.version)).collect();
    assert_eq!(kept, [("notes.md", 1), ("settings.xml", 1), ("LICENSE", 1)]);
    let again = deploy(&mut rig, &files);
    assert!(again.resources.iter().all(|file| file.duplicate));
    // One that has changed gives all of them a new version.
    let changed = deploy(&mut rig, &[("notes.md", "# Steps, again"), files[1]]);
    let versions: Vec<_> = changed.resources.iter().map(|file| file.version).collect();
    assert_eq!(versions, [2, 2]);
    for partition in 1..=3 {
        let query = skep_record::Query::Resource(changed.resources[0].key);
        let Response::Resource(file) = rig.engine(partition).query(query).unwrap() else {
            panic!()
        };
        assert_eq!(
            (file.resource.as_deref(), file.version_tag.as_deref()),
            (Some(&b"# Steps, again"[..]), None)
        );
    }
    let key = changed.resources[0].key.to_string();
    deploy(
        &mut rig,
        &[("order.bpmn", &process("serviceTask", "").replace("\"robot\"", "\"notes.md\""))],
    );
    assert_eq!(headers(&mut rig), expected(&key));
}

#[test]
fn an_xml_file_that_says_that_it_is_bpmn_must_be() {
    let mut rig = Rig::new();
    let model = process("serviceTask", "");
    let deployed = deploy(&mut rig, &[("order.xml", &model)]);
    assert_eq!((deployed.processes.len(), deployed.resources.len()), (1, 0));
    let broken = model.replace("</process>", "");
    let resources = vec![Resource { name: "order.xml".into(), content: broken.into() }];
    let command = DeployResources { resources, tenant_id: TenantId::default() };
    let refused = rig.rejected(1, Command::DeployResources(command));
    assert!(refused.contains("'order.xml'"), "{refused}");
}
