//! Decisions as they are evaluated.

use std::fmt;
use std::sync::Arc;

use skep_feel::{Environment, Expression, Variables};

use super::evaluate;
use super::result::{DecisionEvaluation, DecisionFailure};
use super::table::Table;
use super::type_ref::TypeRef;

/// A decision requirements graph: the decisions of a DMN file.
///
/// Cheap to clone and safe to share.
#[derive(Clone)]
pub struct DecisionRequirements(Arc<Graph>);

/// All of a file, ready for evaluation.
pub(super) struct Graph {
    pub(super) id: Arc<str>,
    pub(super) name: Arc<str>,
    pub(super) namespace: Arc<str>,
    pub(super) decisions: Vec<Decision>,
    /// Indexes of decisions in the order of their ids.
    pub(super) by_id: Vec<DecisionIndex>,
    pub(super) knowledge: Vec<Knowledge>,
}

/// Place of a decision in its graph.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct DecisionIndex(pub(super) usize);

/// Place of a business knowledge model in its graph.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct KnowledgeIndex(pub(super) usize);

/// A decision of a [`DecisionRequirements`].
pub struct Decision {
    /// Its id, by which it is called.
    pub id: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// `zeebe:versionTag`, by which a business rule task can ask for it.
    pub version_tag: Option<Arc<str>>,
    pub(super) logic: Logic,
    /// The name under which decisions that require it see its result.
    pub(super) result_name: Arc<str>,
    pub(super) result_type: TypeRef,
    pub(super) requires: Vec<DecisionIndex>,
    pub(super) knowledge: Vec<KnowledgeIndex>,
}

/// A business knowledge model: a function with decision logic as its body.
pub(super) struct Knowledge {
    pub(super) id: Arc<str>,
    pub(super) name: Arc<str>,
    pub(super) logic: Logic,
    pub(super) parameters: Arc<[Parameter]>,
    pub(super) requires: Vec<KnowledgeIndex>,
}

/// A formal parameter of a function.
pub(super) struct Parameter {
    pub(super) name: Arc<str>,
    pub(super) type_ref: TypeRef,
}

/// What a decision, a business knowledge model or a part of one does.
pub(super) enum Logic {
    Table(Box<Table>),
    Literal(Expression),
    Context(Box<ContextLogic>),
    List(Vec<Self>),
    Relation(Relation),
    Invocation(Invocation),
    Function(Arc<FunctionLogic>),
    /// A business knowledge model without logic: null.
    Nothing,
}

pub(super) struct ContextLogic {
    pub(super) entries: Vec<(Arc<str>, Logic)>,
    /// The entry without a name at the end, which is the result.
    pub(super) result: Option<Logic>,
}

pub(super) struct Relation {
    pub(super) columns: Vec<Arc<str>>,
    /// Each as wide as there are columns.
    pub(super) rows: Vec<Vec<Logic>>,
}

/// A call of a business knowledge model by name, with bound parameters.
pub(super) struct Invocation {
    pub(super) knowledge: KnowledgeIndex,
    pub(super) bindings: Vec<(Arc<str>, Expression)>,
}

/// A function whose body is FEEL, defined inside a context or a list.
pub(super) struct FunctionLogic {
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Expression,
}

/// The kinds of decision logic that a decision evaluation reports.
///
/// Source: camunda/zeebe: zeebe/dmn/src/main/java/io/camunda/zeebe/dmn/DecisionType.java
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DecisionType {
    /// A decision table.
    DecisionTable,
    /// A FEEL expression.
    LiteralExpression,
    /// A boxed context.
    Context,
    /// A boxed invocation.
    Invocation,
    /// A boxed list.
    List,
    /// A relation.
    Relation,
    /// Anything else, such as a business knowledge model without logic.
    Unknown,
}

impl DecisionType {
    /// Zeebe's name of it, for example `DECISION_TABLE`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DecisionTable => "DECISION_TABLE",
            Self::LiteralExpression => "LITERAL_EXPRESSION",
            Self::Context => "CONTEXT",
            Self::Invocation => "INVOCATION",
            Self::List => "LIST",
            Self::Relation => "RELATION",
            Self::Unknown => "UNKNOWN",
        }
    }
}

impl fmt::Display for DecisionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Logic {
    pub(super) fn decision_type(&self) -> DecisionType {
        match self {
            Self::Table(_) => DecisionType::DecisionTable,
            Self::Literal(_) => DecisionType::LiteralExpression,
            Self::Context(_) => DecisionType::Context,
            Self::List(_) => DecisionType::List,
            Self::Relation(_) => DecisionType::Relation,
            Self::Invocation(_) => DecisionType::Invocation,
            Self::Function(_) | Self::Nothing => DecisionType::Unknown,
        }
    }
}

impl Decision {
    /// The kind of its logic.
    #[must_use]
    pub fn decision_type(&self) -> DecisionType {
        self.logic.decision_type()
    }
}

impl DecisionRequirements {
    pub(super) fn new(graph: Graph) -> Self {
        Self(Arc::new(graph))
    }

    /// `id` of the file's definitions.
    #[must_use]
    pub fn id(&self) -> &Arc<str> {
        &self.0.id
    }

    /// `name` of the file's definitions.
    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        &self.0.name
    }

    /// `namespace` of the file's definitions; empty when there is none.
    #[must_use]
    pub fn namespace(&self) -> &Arc<str> {
        &self.0.namespace
    }

    /// The decisions in document order.
    #[must_use]
    pub fn decisions(&self) -> &[Decision] {
        &self.0.decisions
    }

    /// The decision with this id.
    #[must_use]
    pub fn decision(&self, id: &str) -> Option<&Decision> {
        self.0.find(id).map(|index| self.0.decision(index))
    }

    /// Evaluates the decision `decision_id` and those it requires, on `variables`.
    ///
    /// All of it is one evaluation to the limits of FEEL.
    ///
    /// # Errors
    /// [`DecisionFailure`]: there is no such decision, or its logic has no result; what was
    /// evaluated up to there is part of it.
    pub fn evaluate<V: Variables + ?Sized>(
        &self,
        decision_id: &str,
        variables: &V,
        environment: &Environment,
    ) -> Result<DecisionEvaluation, Box<DecisionFailure>> {
        evaluate::evaluate(&self.0, decision_id, &Opaque(variables), environment)
    }
}

impl Graph {
    pub(super) fn decision(&self, index: DecisionIndex) -> &Decision {
        &self.decisions[index.0]
    }

    pub(super) fn knowledge(&self, index: KnowledgeIndex) -> &Knowledge {
        &self.knowledge[index.0]
    }

    pub(super) fn find(&self, id: &str) -> Option<DecisionIndex> {
        let found = self.by_id.binary_search_by(|index| (*self.decision(*index).id).cmp(id));
        found.ok().map(|at| self.by_id[at])
    }
}

impl fmt::Debug for DecisionRequirements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecisionRequirements")
            .field("id", &self.0.id)
            .field("decisions", &self.0.decisions)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decision")
            .field("id", &self.id)
            .field("type", &self.decision_type())
            .finish_non_exhaustive()
    }
}

/// Variables behind one type, so that evaluation is compiled once.
struct Opaque<'v, V: ?Sized>(&'v V);

impl<V: Variables + ?Sized> Variables for Opaque<'_, V> {
    fn variable(&self, name: &str) -> Option<&[u8]> {
        self.0.variable(name)
    }

    fn value(&self, name: &str) -> Option<&skep_feel::Value> {
        self.0.value(name)
    }
}
