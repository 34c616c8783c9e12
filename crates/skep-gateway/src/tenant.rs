//! Tenants while multi-tenancy is off: there is only the default one.
//!
//! Source: camunda/zeebe: zeebe/gateway-grpc, `RequestMapper.ensureTenantIdSet`.

use skep_record::TenantId;

use crate::problem::Problem;

/// The tenant of a request that names one, or none.
///
/// `request` names the request in the error, for example `gRPC request DeployResource`.
pub(crate) fn tenant(request: &str, tenant_id: &str) -> Result<TenantId, Problem> {
    if !is_default(tenant_id) {
        return Err(Problem::invalid_argument(format!(
            "Expected to handle {request} with tenant identifier '{tenant_id}', but multi-tenancy \
             is disabled: use '{}' or none",
            TenantId::DEFAULT
        )));
    }
    Ok(TenantId::default())
}

/// The tenants of a request that names several, or none.
pub(crate) fn tenants(request: &str, tenant_ids: &[String]) -> Result<Vec<TenantId>, Problem> {
    if !tenant_ids.iter().all(|id| is_default(id)) {
        return Err(Problem::invalid_argument(format!(
            "Expected to handle {request} with tenant identifiers '{tenant_ids:?}', but \
             multi-tenancy is disabled: use '{}' or none",
            TenantId::DEFAULT
        )));
    }
    Ok(vec![TenantId::default()])
}

fn is_default(tenant_id: &str) -> bool {
    tenant_id.is_empty() || tenant_id == TenantId::DEFAULT
}
