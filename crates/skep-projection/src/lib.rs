//! Skep's read side: tables of what has happened, fed from the records of all partitions, and
//! searches over them.
//!
//! A [`Projector`] takes records and keeps the tables; a [`History`] answers searches, also while
//! records come in. Both work on one SQLite file, which can be thrown away: as long as the journal
//! has all records, it is made anew from them.
//!
//! ```
//! # let dir = tempfile::tempdir().unwrap();
//! use skep_projection::{History, ProcessInstance, Projector, Search};
//! use skep_record::AuthorizedTenants;
//!
//! let file = dir.path().join("history.db");
//! let _projector = Projector::open(&file)?;
//! let found = History::open(&file)?
//!     .search::<ProcessInstance>(&Search::default(), &AuthorizedTenants::All)?;
//! assert_eq!(found.total, 0);
//! # Ok::<(), skep_projection::HistoryError>(())
//! ```
//!
//! Nothing here decides anything, and nothing is written but by the projector.

mod copy;
mod error;
mod file;
mod history;
mod names;
mod projector;
mod retention;
mod schema;
mod search;
mod sql;
mod statistics;
mod table;

pub use copy::{copy_history, history_positions};
pub use error::HistoryError;
pub use history::History;
pub use projector::Projector;
pub use search::{
    BatchOperation, BatchOperationField, BatchOperationItem, BatchOperationItemField, Condition,
    CorrelatedMessage, CorrelatedMessageField, Cursor, DecisionDefinition,
    DecisionDefinitionCondition, DecisionDefinitionField, DecisionDetails, DecisionInput,
    DecisionInstance, DecisionInstanceField, DecisionOutput, DecisionRequirements,
    DecisionRequirementsField, DefinitionInstances, DefinitionInstancesField,
    DefinitionSubscriptions, ElementInstance, ElementInstanceField, Entity, ErrorInstances,
    ErrorInstancesField, EventCount, FailingDefinition, FailingDefinitionField, Form, Found,
    Incident, IncidentCondition, IncidentField, Job, JobCondition, JobCounts, JobError, JobField,
    JobGroup, JobGrouping, JobStatistics, MatchedRule, MessageSubscription,
    MessageSubscriptionField, MessageTest, Order, Page, ProcessDefinition,
    ProcessDefinitionCondition, ProcessDefinitionField, ProcessInstance, ProcessInstanceCondition,
    ProcessInstanceField, Search, SequenceFlow, UserTask, UserTaskCondition, UserTaskField,
    Variable, VariableField, VariableTest, VersionInstances, VersionInstancesField,
};
pub use statistics::ElementStatistics;
