//! Functions as values.

use std::fmt;
use std::sync::Arc;

use crate::ast::FunctionDefinition;
use crate::expression::Expression;
use crate::session::NativeBody;
use crate::value::{Context, Excess, Size, Val, Value};

/// A function defined in FEEL, with what it saw where it was defined, or a native one.
#[derive(Clone)]
pub struct Function<'a>(Arc<Closure<'a>>);

struct Closure<'a> {
    kind: Kind<'a>,
    size: Size,
}

/// What a function does.
#[derive(Clone)]
pub(crate) enum Kind<'a> {
    Feel { definition: Arc<FunctionDefinition>, captured: Vec<Captured<'a>> },
    Native(Arc<Native>),
}

/// A function whose body is not FEEL.
pub(crate) struct Native {
    parameters: Box<[Arc<str>]>,
    pub(crate) captured: Arc<[(Arc<str>, Value)]>,
    pub(crate) body: Arc<dyn NativeBody>,
}

/// What surrounds a function's definition, innermost first.
#[derive(Clone)]
pub(crate) enum Captured<'a> {
    /// A name of the expression, such as an iterator or a parameter.
    Binding(Arc<str>, Val<'a>),
    /// The entries of a filter's item.
    Entries(Context<'a>),
    /// The input value of unary tests.
    Input(Val<'a>),
}

impl Captured<'_> {
    fn size(&self) -> Size {
        match self {
            Captured::Binding(_, value) | Captured::Input(value) => value.size(),
            // A filter's item is bound as `item` too, and counted there.
            Captured::Entries(_) => Size { depth: 0, units: 1 },
        }
    }
}

impl<'a> Function<'a> {
    /// Fails when what it captures nests too deep or is too long.
    pub(crate) fn new(
        definition: Arc<FunctionDefinition>,
        captured: Vec<Captured<'a>>,
    ) -> Result<Self, Excess> {
        let sizes = captured.iter().map(Captured::size);
        let size = sizes.into_iter().try_fold(Size::EMPTY, Size::with)?;
        Ok(Self(Arc::new(Closure { kind: Kind::Feel { definition, captured }, size })))
    }

    pub(crate) fn kind(&self) -> &Kind<'a> {
        &self.0.kind
    }

    pub(crate) fn size(&self) -> Size {
        self.0.size
    }

    pub(crate) fn is_same(&self, other: &Function<'_>) -> bool {
        std::ptr::eq(Arc::as_ptr(&self.0).cast::<()>(), Arc::as_ptr(&other.0).cast::<()>())
    }

    pub(crate) fn into_owned(self) -> Function<'static> {
        let kind = match &self.0.kind {
            Kind::Native(native) => Kind::Native(native.clone()),
            Kind::Feel { definition, captured } => {
                let captured = captured.iter().cloned().map(|captured| match captured {
                    Captured::Binding(name, value) => Captured::Binding(name, value.into_owned()),
                    Captured::Input(value) => Captured::Input(value.into_owned()),
                    Captured::Entries(context) => Captured::Entries(context.into_owned()),
                });
                Kind::Feel { definition: definition.clone(), captured: captured.collect() }
            }
        };
        Function(Arc::new(Closure { kind, size: self.0.size }))
    }

    pub(crate) fn parameter_names(&self) -> &[Arc<str>] {
        match &self.0.kind {
            Kind::Feel { definition, .. } => &definition.parameters,
            Kind::Native(native) => &native.parameters,
        }
    }

    /// Names of the parameters.
    pub fn parameters(&self) -> impl ExactSizeIterator<Item = &str> {
        self.parameter_names().iter().map(|name| &**name)
    }
}

impl Function<'static> {
    /// A function of `parameters` whose body is `body`.
    ///
    /// The body sees the variables of the evaluation that calls it.
    #[must_use]
    pub fn from_expression<'n>(
        parameters: impl IntoIterator<Item = &'n str>,
        body: &Expression,
    ) -> Self {
        let parameters = parameters.into_iter().map(Arc::from).collect();
        let definition = FunctionDefinition { parameters, free: Box::default(), body: body.root() };
        let kind = Kind::Feel { definition: Arc::new(definition), captured: Vec::new() };
        Self(Arc::new(Closure { kind, size: Size::EMPTY }))
    }

    /// A function of `parameters` that runs `body` with `captured` and the arguments: a business
    /// knowledge model of DMN.
    #[must_use]
    pub fn native(
        parameters: impl IntoIterator<Item = Arc<str>>,
        captured: Arc<[(Arc<str>, Value)]>,
        body: Arc<dyn NativeBody>,
    ) -> Self {
        let depth = captured.iter().map(|(_, value)| value.size().depth).max().unwrap_or(0);
        let size = Size { depth: depth + 1, ..Size::EMPTY };
        let native = Native { parameters: parameters.into_iter().collect(), captured, body };
        Self(Arc::new(Closure { kind: Kind::Native(Arc::new(native)), size }))
    }
}

impl fmt::Display for Function<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("function(")?;
        for (index, name) in self.parameters().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            f.write_str(name)?;
        }
        f.write_str(")")
    }
}

impl fmt::Debug for Function<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
