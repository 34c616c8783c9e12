//! `skep status`

use serde_json::{Value, json};
use skep_auth::jose::Jws;
use skep_client::{
    Client,
    protocol::{BrokerInfo, Partition, TopologyResponse},
};

use super::{auth, connection::ConnectionArgs, progress, token};
use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep status
  skep status --address https://zeebe.example.com --output json";

/// Flags of `skep status`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Runs the command.
///
/// # Errors
/// When the gateway cannot be reached or does not accept the caller.
pub(crate) async fn run(args: StatusArgs, output: Output) -> Result<(), Failure> {
    let settings = args.connection.settings()?;
    let client = args.connection.connect_with(&settings)?;
    let topology = progress::while_waiting("waiting for the gateway", client.topology()).await?;
    let method = auth::method(&settings.authentication);
    let claims = claims(&client).await?;

    let mut text = format!(
        "gateway   {}, version {}\ncluster   {} brokers, {} partitions, replication factor {}\n",
        client.address(),
        topology.gateway_version,
        topology.cluster_size,
        topology.partitions_count,
        topology.replication_factor,
    );
    topology.brokers.iter().for_each(|broker| text.push_str(&broker_text(broker)));
    text.push_str(&format!("identity  {method}"));
    if let Some(claims) = &claims {
        let summary = token::summary(claims);
        summary.lines().for_each(|line| text.push_str(&format!("\n          {line}")));
    }
    let json = json!({
        "gateway": client.address().uri(),
        "gatewayVersion": topology.gateway_version,
        "clusterSize": topology.cluster_size,
        "partitionsCount": topology.partitions_count,
        "replicationFactor": topology.replication_factor,
        "brokers": brokers_json(&topology),
        "identity": {
            "authentication": method,
            "claims": claims.as_ref().map(|claims| claims.as_map()),
            "secondsLeft": claims.as_ref().and_then(token::seconds_left),
        },
    });
    output.print(text, &json)
}

/// The claims of the token that the call just made has carried, if it is one with claims.
async fn claims(client: &Client) -> Result<Option<skep_auth::jose::Claims>, Failure> {
    let header = client.token_source().authorization().await.map_err(skep_client::Error::Token)?;
    let token = header.as_deref().and_then(|header| header.strip_prefix("Bearer "));
    Ok(token.and_then(|token| Jws::parse(token).ok()).map(|token| token.claims))
}

fn broker_text(broker: &BrokerInfo) -> String {
    let mut text = format!(
        "broker {:2} {}:{}, version {}\n",
        broker.node_id, broker.host, broker.port, broker.version
    );
    for partition in &broker.partitions {
        let (role, health) = names(partition);
        let id = partition.partition_id;
        text.push_str(&format!("          partition {id}: {role}, {health}\n"));
    }
    text
}

fn brokers_json(topology: &TopologyResponse) -> Vec<Value> {
    let partition_json = |partition: &Partition| {
        let (role, health) = names(partition);
        json!({ "partitionId": partition.partition_id, "role": role, "health": health })
    };
    let broker_json = |broker: &BrokerInfo| {
        json!({
            "nodeId": broker.node_id,
            "host": broker.host,
            "port": broker.port,
            "version": broker.version,
            "partitions": broker.partitions.iter().map(partition_json).collect::<Vec<_>>(),
        })
    };
    topology.brokers.iter().map(broker_json).collect()
}

fn names(partition: &Partition) -> (&'static str, &'static str) {
    (partition.role().as_str_name(), partition.health().as_str_name())
}
