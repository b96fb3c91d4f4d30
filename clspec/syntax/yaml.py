"""Reads specs written as YAML: the same `Document` as the clspec language gives, with spans into the YAML."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, cast

from clspec.diagnostics import Diagnostic, choices_help
from clspec.ir.rules import Action, Reference, WrittenRule, WrittenTrigger
from clspec.ir.spec import Broken, Budget, Node, Output, Parameter, Role, Stream, Use
from clspec.ir.values import Call, Identifier, Integer, Name, Sequence, Text, Value
from clspec.source import SourceFile, Span
from clspec.syntax.document import Document, Edition, GroupStatement, ModelStatement, Statement, TopStatement
from clspec.syntax.dsl import in_order
from clspec.syntax.edition import NEWEST_EDITION, check_edition
from clspec.syntax.lower import edition_missing, empty, first_line, merge_outputs
from clspec.syntax.no_spec import clspec_in_yaml
from clspec.syntax.yaml_comments import yaml_comments
from clspec.syntax.yaml_nodes import Fields, Items, RefusedError, Scalar, YamlNode, compose
from clspec.syntax.yaml_statements import ROLES, Statements
from clspec.syntax.yaml_values import refuse

_KEYS = ("clspec", "use", "streams", "models")
_PART_KEYS = ("uses", "with", "from", "body", "rules", "output")
_MODEL_KEYS = ("doc", "params", "body", "rules", "output", "require")
_BY_MODE = "by mode it is `output: [a in train, b in eval]`"
_BUDGET = 'such as `require: ["parameters <= 400_000"]`'
_GROUP_KEYS = ("group", "from", "body", "rules", "output")


def read_yaml(source: SourceFile) -> tuple[Document | None, list[Diagnostic]]:
    """The document that a YAML text says and everything that is wrong with it; no document unless values alone are."""
    root, diagnostics, lost = compose(source)
    other = None if isinstance(root, Fields) else clspec_in_yaml(source)
    if other is not None:
        return None, [other]
    if root is None and diagnostics:
        return None, in_order(diagnostics)
    if root is None or (isinstance(root, Scalar) and root.plain and not root.text):
        return None, [empty(Span(source, 0, 0), "yaml")]
    reader = _Reader(diagnostics, lost)
    edition = reader.edition(root)
    newer = check_edition(edition.number, edition.span) if edition else None
    if newer is not None:  # what else a newer edition allows is not ours to judge
        return None, reader.diagnostics or [newer]
    try:
        root, statements = reader.document(root, edition)
    except RefusedError as refused:
        reader.told(refused)
        return None, in_order(reader.diagnostics)
    if not root.pairs:
        return None, [empty(root.span, "yaml")]
    if edition is None:
        if all(key.text in _KEYS for key, _ in root.pairs):  # else it may be what is misspelt
            reader.diagnostics.append(edition_missing(root.span, "yaml"))
        statements = (Edition(number=NEWEST_EDITION, span=root.span), *statements)
    comments = yaml_comments(source)
    broken = tuple(Broken(nameless="part" if span in reader.nameless else None, span=span) for span in reader.broken)
    document = Document(source=source, syntax="yaml", statements=statements, comments=comments, broken=broken)
    return document, in_order(reader.diagnostics)


class _Reader(Statements):
    # ---- the file ----

    def edition(self, root: YamlNode) -> Edition | None:
        node = root.get("clspec") if isinstance(root, Fields) else None
        if node is None:
            return None
        try:
            number = self.scalar(node) if isinstance(node, Scalar) else None
        except RefusedError:  # an expression that is none, where one number stands: that it is no number is enough
            number = None
        if isinstance(number, Integer):
            return Edition(number=number.value, span=node.span)
        message, help_ = "the edition is a whole number", f"start the file with `{first_line('yaml')}`"
        self.diagnostics.append(Diagnostic("CL009", message, node.span, help_))
        return Edition(number=NEWEST_EDITION, span=node.span)

    def document(self, root: YamlNode, edition: Edition | None) -> tuple[Fields, tuple[TopStatement, ...]]:
        fields = self.fields(self.indented(root), "a spec", _KEYS)
        statements: list[TopStatement] = [edition] if edition else []
        statements += self.statements(self.listed(fields.get("use"), "`use`"), self.use)
        statements += self.statements(self.named(fields.get("streams"), "`streams`"), self.stream, self.unknown_stream)
        statements += self.each(self.named(fields.get("models"), "`models`"), self.model)
        return fields, tuple(statements)

    def indented(self, root: YamlNode) -> YamlNode:
        """The file without what was meant to stand below `models`, and stands beside it."""
        models = root.get("models") if isinstance(root, Fields) else None
        if not isinstance(root, Fields) or not isinstance(models, Scalar) or models.text:
            return root
        known = [pair for pair in root.pairs if pair[0].text in _KEYS]
        strangers = [pair for pair in root.pairs if pair not in known]
        if not strangers:
            return root
        key = strangers[0][0]
        message, help_ = f'a spec has no key "{key.text}"', "what belongs to `models` is indented below it"
        self.diagnostics.append(Diagnostic("CL009", message, key.span, help_))
        self.broken += [name.span.to(value.span) for name, value in strangers]
        return replace(root, pairs=[pair for pair in known if pair[0].text != "models"])

    def use(self, node: YamlNode) -> Use:
        if isinstance(node, Fields):
            self.fields(node, "a `use`", ("path", "as"), ("path",))
        path, alias = (node.get("path"), node.get("as")) if isinstance(node, Fields) else (node, None)
        if path is None:
            refuse("a `use` names a file", node.span)
        return Use(
            path=self.text(path, "a path"),
            alias=self.identifier(alias, "a name") if alias else None,
            span=node.span,
        )

    def stream(self, pair: tuple[Scalar, YamlNode]) -> Stream:
        key, node = pair
        name = self.identifier(key, "the name of a stream")
        maker = self.call(node, None) if isinstance(node, Scalar) else self.value(node)
        if not isinstance(maker, Call):
            refuse("a stream is made by one call", node.span, "write `{uses: split, with: {...}}`")
        return Stream(name=name, maker=maker, span=key.span.to(node.span))

    # ---- models and groups ----

    def model(self, pair: tuple[Scalar, YamlNode]) -> ModelStatement:
        key, node = pair
        told = len(self.diagnostics)
        fields = self.fields(node, f'the model "{key.text}"', _MODEL_KEYS)
        parameters = self.statements(self.named(fields.get("params"), "`params`"), self.parameter)
        body = self.body(fields)
        budgets = self.statements(self.listed(fields.get("require"), "`require`", _BUDGET), self.budget)
        doc = self.each(filter(None, [fields.get("doc")]), self.doc)
        if not body and len(self.diagnostics) > told:
            raise RefusedError(None)  # its parts are not to be seen, so nothing can be said of who uses it
        return ModelStatement(
            name=self.name(key, "the name of a model"),
            doc=doc[0] if doc else None,
            parameters=parameters,
            body=(*body, *budgets),
            span=key.span.to(node.span),
        )

    def doc(self, node: YamlNode) -> Text:
        return self.text(node, "`doc`")

    def parameter(self, pair: tuple[Scalar, YamlNode]) -> Parameter:
        key, node = pair
        name = self.identifier(key, "the name of a parameter")
        return Parameter(name=name, default=self.value(node), span=key.span.to(node.span))

    def body(self, fields: Fields) -> tuple[Statement, ...]:
        parts = self.statements(self.listed(fields.get("body"), "`body`"), self.in_body, self.unknown_part)
        rules = self.statements(self.listed(fields.get("rules"), "`rules`"), self.rule)
        outputs = self.statements(self.listed(fields.get("output"), "`output`", _BY_MODE), self.output)
        return (*parts, *rules, *merge_outputs(outputs))

    def in_body(self, node: YamlNode) -> Node | GroupStatement | WrittenRule:
        """A part; or a rule, where it has to act before those of a part below it."""
        rule = isinstance(node, Fields) and node.get("do") is not None
        return self.rule(node) if rule else self.part(node)

    def part(self, node: YamlNode) -> Node | GroupStatement:
        keys = [key.text for key, _ in node.pairs] if isinstance(node, Fields) else []
        roles = [key for key in keys if key in (*ROLES, "group")]
        if len(roles) > 1:
            refuse(f"one part cannot be both `{roles[0]}` and `{roles[1]}`", node.span, "begin each part with `- `")
        strangers = [key for key, _ in node.pairs if key.text not in _PART_KEYS] if isinstance(node, Fields) else []
        if strangers and not roles:
            help_ = choices_help(strangers[0].text, (*ROLES, "group"))
            refuse(f'"{strangers[0].text}" is no role of a part', strangers[0].span, help_)
        if not isinstance(node, Fields) or not roles:
            refuse("a part of a body names its role", node.span, f"one of: {', '.join((*ROLES, 'group'))}")
        return self.group(node) if roles == ["group"] else self.node(node, cast(Role, roles[0]))

    def node(self, node: Fields, role: Role) -> Node:
        keys = (role, "uses", "with") if role == "input" else (role, "uses", "with", "from")
        fields = self.fields(node, f"the {role}", keys, (role, "uses"))
        sources = self.sources(fields) if role != "input" else ()
        component = self.each([fields], self.part_component)
        name = self.node_name(fields.need(role), role)
        if not component:
            raise RefusedError(None)
        return Node(role=role, name=name, component=component[0], sources=sources, span=node.span)

    def part_component(self, fields: Fields) -> Value:
        value = self.component(fields.need("uses"), fields.get("with"))
        if not isinstance(value, (Call, Name, Sequence)):  # what the clspec grammar allows there
            refuse("a part is made of a component or a list of them", fields.need("uses").span)
        return value

    def node_name(self, node: YamlNode, role: Role) -> Identifier:
        if role == "input" and isinstance(node, Scalar) and node.plain and not node.text:
            return Identifier(text="x", span=node.span)
        return self.identifier(node, f"the name of the {role}")

    def group(self, node: Fields) -> GroupStatement:
        fields = self.fields(node, "the group", _GROUP_KEYS, ("group",))
        sources = self.sources(fields)
        name = self.name(fields.need("group"), "the name of the group")
        if self.goes_wrong():
            self.broken.append(name.span)
            sources = (self.unknown_source(name.span),)
        body = self.body(fields)
        return GroupStatement(name=name, sources=sources, body=body, span=node.span)

    def sources(self, fields: Fields) -> tuple[Reference, ...]:
        return self.each(self.listed(fields.get("from"), "`from`"), self.reference)

    def reference(self, node: YamlNode) -> Reference:
        found: Reference = self.fragment("reference", node, "a source")
        return found

    # ---- rules, outputs, budgets ----

    def rule(self, node: YamlNode) -> WrittenRule:
        if isinstance(node, Scalar):
            refuse("a rule is a mapping, not a single value", node.span, f"write `{{do: [{node.text}]}}`")
        fields = self.fields(node, "a rule", ("when", "after", "do"), ("do",))
        when, after = fields.get("when"), fields.get("after")
        if when and after:
            refuse("a rule has either `when` or `after`", node.span, "write one rule for each")
        trigger = when or after
        timing: Literal["start", "when", "after"] = "when" if when else "after" if after else "start"
        do = fields.need("do")
        if isinstance(do, Items) and not do.nodes:
            refuse("a rule has at least one action", do.span, "such as `do: [freeze trunk]`")
        actions = self.each(self.listed(do, "`do`"), self.action)
        read: WrittenTrigger | None = self.fragment("written_trigger", trigger, "a trigger") if trigger else None
        return WrittenRule(timing=timing, trigger=read, actions=actions, span=node.span)

    def action(self, node: YamlNode) -> Action:
        found: Action = self.fragment("action", node, "an action")
        return found

    def output(self, node: YamlNode) -> Output:
        found: Output = self.fragment("output", node, "an output", (("OUTPUT", "output"),), _BY_MODE)
        return found

    def budget(self, node: YamlNode) -> Budget:
        found: Budget = self.fragment("budget", node, "a budget", (("REQUIRE", "require"),), _BUDGET)
        return found
