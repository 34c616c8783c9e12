//! The calls of the load, as cheap as they can be made: a request that is the same every time is
//! encoded once, and of an answer only the keys are read.

use std::{
    marker::PhantomData,
    sync::{Arc, Mutex, PoisonError},
};

use prost::{
    Message,
    bytes::{BufMut as _, Bytes},
};
use skep_auth::TokenSource;
use skep_client::{
    Client,
    protocol::{
        ActivateJobsRequest, CreateProcessInstanceRequest, CreateProcessInstanceWithResultRequest,
        StreamActivatedJobsRequest,
    },
};
use tonic::{
    Request, Status, Streaming,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
    metadata::{Ascii, MetadataValue},
    transport::Channel,
};

/// Name of the workers of a load, as gateways show it.
const WORKER: &str = "skep-bench";

/// How long the result of an instance may take.
const RESULT_TIMEOUT_MS: i64 = 60_000;

/// What is read of a `CreateProcessInstanceResponse`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Created {
    #[prost(int64, tag = "4")]
    pub(super) process_instance_key: i64,
}

/// What is read of an `ActivatedJob`.
#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct Job {
    #[prost(int64, tag = "1")]
    pub(super) key: i64,
    #[prost(int64, tag = "3")]
    pub(super) process_instance_key: i64,
}

/// What is read of an `ActivateJobsResponse`.
#[derive(Clone, PartialEq, Message)]
struct Activated {
    #[prost(message, repeated, tag = "1")]
    jobs: Vec<Job>,
}

/// What is sent as a `CompleteJobRequest`.
#[derive(Clone, PartialEq, Message)]
struct Complete {
    #[prost(int64, tag = "1")]
    job_key: i64,
}

/// An answer of which nothing is read.
#[derive(Clone, PartialEq, Message)]
struct Acknowledged {}

/// One connection, for one purpose.
#[derive(Clone)]
pub(super) struct Wire {
    channel: Channel,
    token: Arc<Token>,
}

/// The header of the token at hand, made once per token.
struct Token {
    source: TokenSource,
    header: Mutex<Option<(Arc<str>, MetadataValue<Ascii>)>>,
}

impl Wire {
    /// A new connection to the gateway of `client`.
    pub(super) fn new(client: &Client) -> Self {
        let source = client.token_source().clone();
        Self {
            channel: client.new_channel(),
            token: Arc::new(Token { source, header: Mutex::default() }),
        }
    }

    /// Creates an instance from an encoded request.
    pub(super) async fn create(&self, request: Bytes) -> Result<Created, Status> {
        self.unary("/gateway_protocol.Gateway/CreateProcessInstance", request).await
    }

    /// Creates an instance from an encoded request, and waits for its result.
    pub(super) async fn create_with_result(&self, request: Bytes) -> Result<Created, Status> {
        self.unary("/gateway_protocol.Gateway/CreateProcessInstanceWithResult", request).await
    }

    /// Completes a job without variables.
    pub(super) async fn complete(&self, job_key: i64) -> Result<(), Status> {
        let request = Complete { job_key }.encode_to_vec().into();
        self.unary::<Acknowledged>("/gateway_protocol.Gateway/CompleteJob", request).await?;
        Ok(())
    }

    /// Has the jobs of a type pushed.
    pub(super) async fn stream(
        &self,
        job_type: &str,
        timeout_ms: i64,
    ) -> Result<Streaming<Job>, Status> {
        let request = StreamActivatedJobsRequest {
            r#type: job_type.to_owned(),
            worker: WORKER.to_owned(),
            timeout: timeout_ms,
            ..Default::default()
        };
        let path = "/gateway_protocol.Gateway/StreamActivatedJobs";
        self.streaming(path, request.encode_to_vec().into()).await
    }

    /// Polls for jobs that were not pushed.
    pub(super) async fn poll(&self, job_type: &str, timeout_ms: i64) -> Result<Vec<Job>, Status> {
        let request = ActivateJobsRequest {
            r#type: job_type.to_owned(),
            worker: WORKER.to_owned(),
            timeout: timeout_ms,
            max_jobs_to_activate: 1_000,
            request_timeout: 10_000,
            ..Default::default()
        };
        let path = "/gateway_protocol.Gateway/ActivateJobs";
        let mut answers: Streaming<Activated> =
            self.streaming(path, request.encode_to_vec().into()).await?;
        let mut jobs = Vec::new();
        while let Some(answer) = answers.message().await? {
            jobs.extend(answer.jobs);
        }
        Ok(jobs)
    }

    async fn unary<M>(&self, path: &'static str, message: Bytes) -> Result<M, Status>
    where
        M: Message + Default + 'static,
    {
        let request = self.request(message).await?;
        let mut grpc = Grpc::new(self.channel.clone());
        grpc.ready().await.map_err(not_ready)?;
        let path = PathAndQuery::from_static(path);
        Ok(grpc.unary(request, path, Keys(PhantomData)).await?.into_inner())
    }

    async fn streaming<M>(&self, path: &'static str, message: Bytes) -> Result<Streaming<M>, Status>
    where
        M: Message + Default + 'static,
    {
        let request = self.request(message).await?;
        let mut grpc = Grpc::new(self.channel.clone());
        grpc.ready().await.map_err(not_ready)?;
        let path = PathAndQuery::from_static(path);
        Ok(grpc.server_streaming(request, path, Keys(PhantomData)).await?.into_inner())
    }

    async fn request(&self, message: Bytes) -> Result<Request<Bytes>, Status> {
        let mut request = Request::new(message);
        if let Some(header) = self.token.header().await? {
            request.metadata_mut().insert("authorization", header);
        }
        Ok(request)
    }
}

impl Token {
    async fn header(&self) -> Result<Option<MetadataValue<Ascii>>, Status> {
        let text = self.source.authorization().await;
        let Some(text) = text.map_err(|e| Status::unauthenticated(e.to_string()))? else {
            return Ok(None);
        };
        let mut cached = self.header.lock().unwrap_or_else(PoisonError::into_inner);
        match &*cached {
            Some((of, header)) if Arc::ptr_eq(of, &text) => Ok(Some(header.clone())),
            _ => {
                let header: MetadataValue<Ascii> = text
                    .parse()
                    .map_err(|_| Status::unauthenticated("the token fits in no header"))?;
                *cached = Some((text, header.clone()));
                Ok(Some(header))
            }
        }
    }
}

fn not_ready(error: tonic::transport::Error) -> Status {
    Status::from_error(error.into())
}

/// The request that creates an instance of `bpmn_process_id`.
pub(super) fn create_request(bpmn_process_id: &str, variables: &str) -> Bytes {
    create(bpmn_process_id, variables).encode_to_vec().into()
}

/// The request that creates an instance and waits for its end, not for its variables.
pub(super) fn create_with_result_request(bpmn_process_id: &str, variables: &str) -> Bytes {
    let request = CreateProcessInstanceWithResultRequest {
        request: Some(create(bpmn_process_id, variables)),
        request_timeout: RESULT_TIMEOUT_MS,
        fetch_variables: vec!["none".to_owned()],
    };
    request.encode_to_vec().into()
}

fn create(bpmn_process_id: &str, variables: &str) -> CreateProcessInstanceRequest {
    CreateProcessInstanceRequest {
        bpmn_process_id: bpmn_process_id.to_owned(),
        version: -1,
        variables: variables.to_owned(),
        ..Default::default()
    }
}

/// Sends bytes as they are and decodes `M`.
struct Keys<M>(PhantomData<M>);

impl<M: Message + Default + 'static> Codec for Keys<M> {
    type Encode = Bytes;
    type Decode = M;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self(PhantomData)
    }

    fn decoder(&mut self) -> Self {
        Self(PhantomData)
    }
}

impl<M> Encoder for Keys<M> {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl<M: Message + Default> Decoder for Keys<M> {
    type Item = M;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<M>, Status> {
        M::decode(buffer)
            .map(Some)
            .map_err(|e| Status::internal(format!("the answer cannot be decoded: {e}")))
    }
}
