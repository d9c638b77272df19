"use strict";
const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") for (const [event, run] of Object.entries(value)) element.addEventListener(event, run);
    else if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
};
/** Text with `code` in it. */
const prose = (text) => (text ?? "").split("`").map((part, index) => index % 2 ? make("code", {}, part) : part);
const byId = (id) => document.getElementById(id);
let api = null;

const resolve = (schema) => schema && schema.$ref ? api.components.schemas[schema.$ref.split("/").pop()] : schema;
const refName = (schema) => schema.$ref ? schema.$ref.split("/").pop() : null;

/** A schema in a few words. */
const words = (schema) => {
  if (!schema || Object.keys(schema).length === 0) return "anything";
  if (schema.$ref) return refName(schema);
  if (schema.oneOf) return schema.oneOf.map(words).join(" or ");
  const types = [].concat(schema.type);
  let text = types.join(" or ");
  if (types.includes("array")) text = `list of ${words(schema.items)}` + (types.includes("null") ? " or null" : "");
  const limits = [];
  if (schema.enum) limits.push(schema.enum.map((value) => JSON.stringify(value)).join(", "));
  if (schema.format && schema.format !== "int64") limits.push(schema.format);
  if (schema.minLength !== undefined || schema.maxLength !== undefined)
    limits.push(`${schema.minLength ?? 0} to ${schema.maxLength ?? "any number of"} characters`);
  if (schema.minimum !== undefined || schema.maximum !== undefined)
    limits.push(`${schema.minimum ?? "…"} to ${schema.maximum ?? "…"}`);
  if (schema.minItems !== undefined || schema.maxItems !== undefined)
    limits.push(`${schema.minItems ?? 0} to ${schema.maxItems ?? "any number of"} elements`);
  if (schema.uniqueItems) limits.push("no repetitions");
  if (schema.default !== undefined) limits.push(`default ${JSON.stringify(schema.default)}`);
  return limits.length ? `${text} (${limits.join("; ")})` : text;
};

/** A value that fits the schema, to begin with. */
const sample = (schema, depth = 0) => {
  schema = resolve(schema);
  if (!schema || depth > 5) return null;
  if (schema.examples) return schema.examples[0];
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  if (schema.oneOf) return sample(schema.oneOf[0], depth + 1);
  switch ([].concat(schema.type)[0]) {
    case "object":
      return Object.fromEntries(Object.entries(schema.properties ?? {})
        .filter(([name]) => (schema.required ?? []).includes(name))
        .map(([name, member]) => [name, sample(member, depth + 1)]));
    case "array": return schema.minItems ? [sample(schema.items, depth + 1)] : [];
    case "integer": case "number": return Math.max(schema.minimum ?? 0, 0);
    case "boolean": return false;
    case "string":
      if (schema.format === "uuid") return "00000000-0000-7000-8000-000000000000";
      if (schema.format === "date-time") return new Date().toISOString();
      if (schema.format === "email") return "somebody@example.org";
      return "x".repeat(schema.minLength ?? 0);
    default: return null;
  }
};

const members = (schema) => {
  const shape = resolve(schema);
  if (!shape || !shape.properties) return make("p", {}, words(schema));
  const rows = Object.entries(shape.properties).map(([name, member]) => make("tr", {},
    make("td", {}, make("code", {}, name), (shape.required ?? []).includes(name) ? " *" : ""),
    make("td", {}, words(member)), make("td", {}, ...prose(member.description))));
  return make("table", {}, make("tbody", {}, ...rows));
};

const heading = (text) => make("h4", {}, text);

const send = async (operation, method, path, form, output) => {
  let url = path;
  const query = new URLSearchParams();
  const headers = {};
  for (const parameter of operation.parameters ?? []) {
    const value = form.elements[`${parameter.in} ${parameter.name}`].value;
    if (parameter.in === "path") url = url.replace(`{${parameter.name}}`, encodeURIComponent(value));
    else if (value === "") continue;
    else if (parameter.in === "query") query.set(parameter.name, value);
    else headers[parameter.name] = value;
  }
  if ([...query].length) url += `?${query}`;
  const token = byId("token").value.trim();
  if (token && operation.security.length) headers.Authorization = `Bearer ${token}`;
  const body = form.elements.body ? form.elements.body.value : undefined;
  if (body) headers["Content-Type"] = form.elements.body.dataset.type;
  const start = performance.now();
  output.replaceChildren("…");
  try {
    const answer = await fetch(url, { method: method.toUpperCase(), headers, body: body || undefined, credentials: "omit" });
    const took = Math.round(performance.now() - start);
    let text = await answer.text();
    try { text = JSON.stringify(JSON.parse(text), null, 2); } catch { /* shown as it is */ }
    output.replaceChildren(
      make("p", {}, make("strong", {}, `${answer.status} ${answer.statusText}`), ` in ${took} ms`),
      make("pre", {}, [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n")),
      make("pre", {}, text));
  } catch (error) {
    output.replaceChildren(make("p", {}, String(error)));
  }
};

const trial = (operation, method, path) => {
  const form = make("form", {});
  for (const parameter of operation.parameters ?? []) {
    const name = `${parameter.in} ${parameter.name}`;
    form.append(make("p", {}, make("label", {}, make("code", {}, parameter.name),
      make("input", { name, placeholder: words(parameter.schema), required: parameter.required ? "" : undefined }))));
  }
  const content = Object.entries(operation.requestBody?.content ?? {})[0];
  if (content) {
    const area = make("textarea", { name: "body", "data-type": content[0], "aria-label": "body", spellcheck: "false" });
    if (content[0] === "application/json") area.value = JSON.stringify(sample(content[1].schema), null, 2);
    form.append(area);
  }
  const output = make("div", { class: "answer" });
  form.append(make("button", {}, "Send"));
  form.addEventListener("submit", (event) => { event.preventDefault(); send(operation, method, path, form, output); });
  return make("div", {}, heading("Try it"), form, output);
};

const contents = (operation, method, path) => {
  const parts = [];
  if (operation.description) parts.push(make("p", {}, ...prose(operation.description)));
  if (operation.parameters) parts.push(heading("Parameters"), make("table", {}, make("tbody", {},
    ...operation.parameters.map((parameter) => make("tr", {},
      make("td", {}, make("code", {}, parameter.name), parameter.required ? " *" : ""), make("td", {}, parameter.in),
      make("td", {}, words(parameter.schema)), make("td", {}, ...prose(parameter.description)))))));
  for (const [type, content] of Object.entries(operation.requestBody?.content ?? {}))
    parts.push(heading(`Body: ${type}`), members(content.schema));
  parts.push(heading("Answers"), make("table", {}, make("tbody", {},
    ...Object.entries(operation.responses).map(([status, answer]) => make("tr", {}, make("td", {}, status),
      make("td", {}, ...prose(answer.description)),
      make("td", {}, ...Object.values(answer.content ?? {}).map((content) => refName(content.schema)
        ? make("a", { href: `#schema-${refName(content.schema)}` }, refName(content.schema)) : words(content.schema))))))));
  parts.push(trial(operation, method, path));
  return parts;
};

const access = (operation) => {
  if (!operation.security.length) return null;
  const isOptional = operation.security.some((way) => Object.keys(way).length === 0);
  return make("span", { class: "lock" }, isOptional ? " · signed in or not" : " · signed in");
};

const entry = (operation, method, path) => {
  const body = make("div", {});
  const details = make("details", { id: operation.operationId, "data-words": `${method} ${path} ${operation.summary}`.toLowerCase() },
    make("summary", {}, make("span", { class: `method ${method}` }, method.toUpperCase()), make("span", { class: "path" }, path),
      make("span", { class: "summary" }, operation.summary), access(operation)),
    body);
  details.addEventListener("toggle", () => {
    if (details.open && !body.hasChildNodes()) body.append(...contents(operation, method, path));
  });
  return details;
};

const show = () => {
  document.title = api.info.title;
  byId("title").textContent = `${api.info.title} ${api.info.version}`;
  byId("text").append(...prose(api.info.description));
  const groups = api.tags.map((tag) => {
    const found = Object.entries(api.paths).flatMap(([path, methods]) => Object.entries(methods)
      .filter(([, operation]) => operation.tags.includes(tag.name)).map(([method, operation]) => entry(operation, method, path)));
    return make("section", {}, make("h2", {}, tag.name), ...found);
  });
  byId("operations").replaceChildren(...groups);
  byId("schemas").append(...Object.entries(api.components.schemas).map(([name, schema]) =>
    make("details", { id: `schema-${name}` }, make("summary", {}, make("code", {}, name)), make("div", {}, members(schema)))));
  byId("problems").append(...api.components.schemas.Problem.properties.code.enum.map((code) =>
    make("li", { id: `problem-${code}` }, make("code", {}, code))));
  openTarget();
};

const openTarget = () => {
  const target = location.hash ? byId(location.hash.slice(1)) : null;
  if (!target) return;
  if (target.tagName === "DETAILS") target.open = true;
  target.scrollIntoView();
};

byId("settings").addEventListener("submit", (event) => event.preventDefault());
byId("find").addEventListener("input", (event) => {
  const wanted = event.target.value.toLowerCase().split(" ");
  for (const details of document.querySelectorAll("#operations details"))
    details.hidden = !wanted.every((word) => details.dataset.words.includes(word));
  for (const section of document.querySelectorAll("#operations section"))
    section.hidden = !section.querySelector("details:not([hidden])");
});
window.addEventListener("hashchange", openTarget);
fetch("/openapi.json", { credentials: "omit" }).then((answer) => answer.json()).then((found) => { api = found; show(); })
  .catch((error) => { byId("operations").textContent = `The document cannot be read: ${error}`; });
