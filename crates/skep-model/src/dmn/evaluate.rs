//! Evaluation of decisions.
//!
//! Source: camunda/dmn-scala: src/main/scala/org/camunda/dmn/evaluation; camunda/zeebe:
//! zeebe/dmn/src/main/java/io/camunda/zeebe/dmn/impl/DmnScalaDecisionEngine.java

mod function;
mod log;
mod scope;
mod table;

use std::sync::Arc;

use skep_feel::{Context, Environment, List, Session, SessionError, Text, Val, Value, Variables};

use super::model::{
    ContextLogic, Decision, DecisionIndex, Graph, Invocation, Knowledge, Logic, Relation,
};
use super::result::{DecisionEvaluation, DecisionFailure};
use log::{Details, Log};
use scope::{Entry, Scope};

type Evaluated<T = Value> = Result<T, SessionError>;

/// One evaluation of a graph.
struct Run<'g> {
    graph: &'g Arc<Graph>,
    log: Log,
}

/// Evaluates the decision `id` and reports as Zeebe does.
pub(super) fn evaluate(
    graph: &Arc<Graph>,
    id: &str,
    variables: &dyn Variables,
    environment: &Environment,
) -> Result<DecisionEvaluation, Box<DecisionFailure>> {
    let run = Run { graph, log: Log::default() };
    let mut session = Session::new(variables, environment);
    let outcome = match graph.find(id) {
        Some(index) => run.decision(index, &mut session),
        None => Err(SessionError::new(format!("no decision found with id '{id}'"))),
    };
    let evaluated_decisions = run.log.take();
    match outcome {
        Ok(output) => Ok(DecisionEvaluation { output, evaluated_decisions }),
        Err(error) => Err(Box::new(DecisionFailure {
            failed_decision_id: match evaluated_decisions.last() {
                Some(last) => last.id.clone(),
                None => id.into(),
            },
            message: format!("Expected to evaluate decision '{id}', but {error}"),
            evaluated_decisions,
        })),
    }
}

impl Run<'_> {
    /// A decision, after those it requires; each of them sees the variables of the beginning
    /// and what it requires itself, and nothing else.
    fn decision(&self, index: DecisionIndex, session: &mut Session<'_>) -> Evaluated {
        let decision = self.graph.decision(index);
        session.nested(|session| {
            let mut entries: Vec<Entry> =
                Vec::with_capacity(decision.requires.len() + decision.knowledge.len());
            for required in &decision.requires {
                let value = self.decision(*required, session)?;
                let name = self.graph.decision(*required).result_name.clone();
                entries.push((name, value));
            }
            if !decision.knowledge.is_empty() {
                let nothing: Arc<[Entry]> = Arc::new([]);
                entries.extend(self.functions(&decision.knowledge, &nothing));
            }
            let scope = Scope::new(&entries, session.base());
            let value = self.logged(Element::from(decision), &scope, session)?;
            decision.result_type.check(&value).map_err(SessionError::new)?;
            Ok(value)
        })
    }

    /// The logic of a decision or business knowledge model, with its line in the log.
    fn logged(
        &self,
        element: Element<'_>,
        scope: &Scope<'_>,
        session: &mut Session<'_>,
    ) -> Evaluated {
        let mut details = Details::default();
        let outcome = if let Logic::Table(table) = element.logic {
            table::evaluate(table, scope, session, &mut details)
        } else {
            self.logic(element.logic, scope, session)
        };
        self.log.push(element, &outcome, details)?;
        outcome
    }

    /// Logic anywhere, without a line in the log.
    fn logic(&self, logic: &Logic, scope: &Scope<'_>, session: &mut Session<'_>) -> Evaluated {
        match logic {
            Logic::Table(table) => table::evaluate(table, scope, session, &mut Details::default()),
            Logic::Literal(expression) => session.evaluate(expression, scope),
            Logic::Context(context) => {
                session.nested(|session| self.context(context, scope, session))
            }
            Logic::List(items) => session.nested(|session| self.list(items, scope, session)),
            Logic::Relation(relation) => {
                session.nested(|session| self.relation(relation, scope, session))
            }
            Logic::Invocation(invocation) => {
                session.nested(|session| self.invocation(invocation, scope, session))
            }
            Logic::Function(function) => function::definition(function, scope, session),
            Logic::Nothing => Ok(Val::Null),
        }
    }

    fn context(
        &self,
        context: &ContextLogic,
        scope: &Scope<'_>,
        session: &mut Session<'_>,
    ) -> Evaluated {
        let mut entries: Vec<Entry> = Vec::with_capacity(context.entries.len());
        for (name, logic) in &context.entries {
            // Names are looked for one after the other.
            session.spend(1 + entries.len() / 16)?;
            let value = self.logic(logic, &scope.within(&entries), session)?;
            entries.push((name.clone(), value));
        }
        match &context.result {
            Some(result) => self.logic(result, &scope.within(&entries), session),
            None => context_of(entries, session),
        }
    }

    fn list(&self, items: &[Logic], scope: &Scope<'_>, session: &mut Session<'_>) -> Evaluated {
        session.spend(items.len())?;
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            values.push(self.logic(item, scope, session)?);
        }
        list_of(values, session)
    }

    fn relation(
        &self,
        relation: &Relation,
        scope: &Scope<'_>,
        session: &mut Session<'_>,
    ) -> Evaluated {
        let mut rows = Vec::with_capacity(relation.rows.len());
        for row in &relation.rows {
            session.spend(1 + row.len())?;
            let mut entries: Vec<Entry> = Vec::with_capacity(row.len());
            for (column, cell) in relation.columns.iter().zip(row) {
                entries.push((column.clone(), self.logic(cell, scope, session)?));
            }
            rows.push(context_of(entries, session)?);
        }
        list_of(rows, session)
    }

    /// Unlike a function, an invoked business knowledge model sees everything around it.
    fn invocation(
        &self,
        invocation: &Invocation,
        scope: &Scope<'_>,
        session: &mut Session<'_>,
    ) -> Evaluated {
        let mut bindings: Vec<Entry> = Vec::with_capacity(invocation.bindings.len());
        for (name, value) in &invocation.bindings {
            bindings.push((name.clone(), session.evaluate(value, scope)?));
        }
        let scope = scope.within(&bindings);
        let knowledge = self.graph.knowledge(invocation.knowledge);
        let functions = match knowledge.requires.as_slice() {
            [] => Vec::new(),
            requires => self.functions(requires, &scope.flattened(session)?),
        };
        let scope = scope.within(&functions);
        for parameter in &*knowledge.parameters {
            let name = &parameter.name;
            let value = scope.lookup(name).ok_or_else(|| {
                SessionError::new(format!("no parameter found with name '{name}'"))
            })?;
            parameter.type_ref.check(&value).map_err(SessionError::new)?;
        }
        self.logged(Element::from(knowledge), &scope, session)
    }
}

/// What the log says about logic.
#[derive(Clone, Copy)]
struct Element<'g> {
    id: &'g Arc<str>,
    name: &'g Arc<str>,
    logic: &'g Logic,
}

impl<'g> From<&'g Decision> for Element<'g> {
    fn from(decision: &'g Decision) -> Self {
        Self { id: &decision.id, name: &decision.name, logic: &decision.logic }
    }
}

impl<'g> From<&'g Knowledge> for Element<'g> {
    fn from(knowledge: &'g Knowledge) -> Self {
        Self { id: &knowledge.id, name: &knowledge.name, logic: &knowledge.logic }
    }
}

fn context_of(entries: Vec<Entry>, session: &mut Session<'_>) -> Evaluated {
    session.charge(entries.len() * size_of::<Entry>())?;
    let entries = entries.into_iter().map(|(name, value)| (Text::from(name), value)).collect();
    Context::new(entries).map(Val::Context).ok_or_else(too_deep)
}

fn list_of(values: Vec<Value>, session: &mut Session<'_>) -> Evaluated {
    session.charge(values.len() * size_of::<Value>())?;
    List::new(values).map(Val::List).ok_or_else(too_deep)
}

fn too_deep() -> SessionError {
    SessionError { message: "a value nests too deep".to_owned(), is_limit: true }
}
