use super::*;

const REQUEST: &str = "gRPC request DeployResource";

fn assigned(ids: &[&str]) -> CallerTenants {
    CallerTenants::Assigned(ids.iter().map(|&id| id.into()).collect())
}

fn refused(tenants: &CallerTenants, id: &str) -> (Kind, String) {
    let problem = tenants.one(REQUEST, id).unwrap_err();
    (problem.kind(), problem.detail().to_owned())
}

#[test]
fn without_multi_tenancy_there_is_only_the_default_tenant() {
    let tenants = CallerTenants::Default;
    for id in ["", "<default>"] {
        assert_eq!(tenants.one(REQUEST, id).unwrap(), TenantId::default());
    }
    let (kind, text) = refused(&tenants, "acme");
    assert_eq!(kind, Kind::InvalidArgument);
    assert!(
        text.starts_with(
            "Expected to handle gRPC request DeployResource with tenant identifier 'acme', but \
             multi-tenancy is disabled"
        ),
        "{text}"
    );
    assert_eq!(tenants.several(REQUEST, &[]).unwrap(), [TenantId::default()]);
    assert!(tenants.several(REQUEST, &["acme".into()]).is_err());
    assert!(tenants.assigned(REQUEST).is_err());
    assert_eq!(tenants.authorized(), AuthorizedTenants::All);
}

#[test]
fn with_multi_tenancy_a_tenant_must_be_named_and_assigned() {
    let tenants = assigned(&["acme", "<default>"]);
    assert_eq!(tenants.one(REQUEST, "acme").unwrap(), TenantId::from("acme"));
    assert_eq!(tenants.one(REQUEST, "<default>").unwrap(), TenantId::default());
    let cases = [
        ("", Kind::InvalidArgument, "no tenant identifier was provided"),
        ("ajax", Kind::PermissionDenied, "tenant is not authorized to perform this request"),
        ("a b", Kind::InvalidArgument, "illegal characters"),
        ("<other>", Kind::InvalidArgument, "illegal characters"),
        ("a123456789012345678901234567890x", Kind::InvalidArgument, "longer than 31 characters"),
    ];
    for (id, kind, words) in cases {
        let (found, text) = refused(&tenants, id);
        assert_eq!(found, kind, "{text}");
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn several_tenants_are_checked_one_by_one_and_count_once() {
    let tenants = assigned(&["acme", "ajax"]);
    let named = |ids: &[&str]| {
        let ids: Vec<String> = ids.iter().map(|&id| id.to_owned()).collect();
        tenants.several("gRPC request ActivateJobs", &ids)
    };
    assert_eq!(named(&["ajax", "acme", "ajax"]).unwrap().len(), 2);
    assert_eq!(named(&[]).unwrap_err().kind(), Kind::InvalidArgument);
    let problem = named(&["acme", "other"]).unwrap_err();
    assert_eq!(problem.kind(), Kind::PermissionDenied);
    assert!(problem.detail().contains("identifiers '[\"acme\", \"other\"]'"), "{problem:?}");
    assert_eq!(tenants.assigned("request Activate Jobs").unwrap().len(), 2);
}

#[test]
fn members_are_users_clients_groups_and_roles() {
    let set = |name: &str| [name.to_owned()].into();
    let tenant = |tenant_id: &str| TenantMembers {
        tenant_id: tenant_id.to_owned(),
        name: tenant_id.to_uppercase(),
        ..TenantMembers::default()
    };
    let directory = TenantMembers::directory([
        TenantMembers { users: set("ada"), ..tenant("users") },
        TenantMembers { clients: set("worker"), ..tenant("clients") },
        TenantMembers { groups: set("g1"), ..tenant("groups") },
        TenantMembers { roles: set("r1"), ..tenant("roles") },
        tenant("<default>"),
    ])
    .unwrap();
    let of = |principal: Principal| {
        let tenants = directory.tenants_of(&principal);
        tenants.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let user = Principal { username: Some("ada".into()), ..Principal::default() };
    assert_eq!(of(user.clone()), ["users"]);
    // The application that a user works with does not lend its tenants.
    assert_eq!(of(Principal { client_id: Some("worker".into()), ..user }), ["users"]);
    let client = Principal { client_id: Some("worker".into()), ..Principal::default() };
    assert_eq!(of(client.clone()), ["clients"]);
    let roles = vec!["r1".to_owned(), "r2".to_owned()];
    let groups = vec!["g1".to_owned()];
    assert_eq!(of(Principal { roles, groups, ..client }), ["clients", "groups", "roles"]);
    assert!(of(Principal::default()).is_empty());
    assert_eq!(directory.name_of(&"users".into()).as_deref(), Some("USERS"));
    assert_eq!(directory.name_of(&"other".into()), None);
}

#[test]
fn a_tenant_that_cannot_be_is_refused() {
    let named = |ids: &[&str]| {
        TenantMembers::directory(
            ids.iter()
                .map(|&id| TenantMembers { tenant_id: id.to_owned(), ..TenantMembers::default() }),
        )
    };
    assert!(named(&["a", "b.c-d_e", "<default>"]).is_ok());
    assert_eq!(named(&[""]).unwrap_err(), TenantProblem::Id(String::new()));
    assert_eq!(named(&["a b"]).unwrap_err(), TenantProblem::Id("a b".into()));
    assert_eq!(named(&["a", "a"]).unwrap_err(), TenantProblem::Twice("a".into()));
}

#[test]
fn nobody_has_no_tenants() {
    let directory = TenantMembers::directory([]).unwrap();
    let tenancy = MultiTenancy::Enabled(directory);
    assert_eq!(tenancy.tenants_of(None), CallerTenants::Assigned([].into()));
    assert_eq!(MultiTenancy::Disabled.tenants_of(None), CallerTenants::Default);
}
