//! The protocols of the providers, as far as the clients use them: Anthropic's Messages, OpenAI's Responses, Gemini's
//! generateContent. A request is brought into the shape of the first; an answer is written in the protocol's own.
//!
//! Sources: the providers' API references (docs.anthropic.com streaming messages, platform.openai.com responses
//! streaming, ai.google.dev generateContent), and what the clients send.

use serde_json::{Value, json};

use super::script::Turn;

/// A provider's protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// `POST /v1/messages`
    Messages,
    /// `POST /v1/responses`
    Responses,
    /// `POST /v1beta/models/NAME:streamGenerateContent` or `:generateContent`
    Gemini,
}

impl Protocol {
    /// The protocol that a path belongs to, if it asks for an answer of the model.
    pub fn of(path: &str) -> Option<Self> {
        let path = path.split('?').next().unwrap_or_default();
        if path.ends_with("/v1/messages") {
            Some(Self::Messages)
        } else if path.ends_with("/responses") {
            Some(Self::Responses)
        } else if path.ends_with(":generateContent") || path.ends_with(":streamGenerateContent") {
            Some(Self::Gemini)
        } else {
            None
        }
    }

    /// The messages of a request in Anthropic's shape.
    pub fn messages(self, body: &Value) -> Vec<Value> {
        match self {
            Self::Messages => body["messages"].as_array().cloned().unwrap_or_default(),
            Self::Responses => merged(body["input"].as_array().into_iter().flatten().filter_map(item).collect()),
            Self::Gemini => body["contents"].as_array().into_iter().flatten().map(content).collect(),
        }
    }

    /// The events of a streamed answer: a name, where the protocol has one, and the data.
    pub fn events(self, turn: &Turn, serial: u64, model: &Value) -> Vec<(Option<&'static str>, Value)> {
        match self {
            Self::Messages => messages_events(turn, serial, model),
            Self::Responses => responses_events(turn, serial),
            Self::Gemini => vec![(None, gemini_answer(turn))],
        }
    }

    /// An answer in one piece.
    pub fn whole(self, turn: &Turn, serial: u64, model: &Value) -> Value {
        match self {
            Self::Gemini => gemini_answer(turn),
            _ => json!({
                "id": format!("msg_{serial}"), "type": "message", "role": "assistant", "model": model,
                "content": blocks(turn, serial), "stop_reason": stop_reason(turn), "stop_sequence": null,
                "usage": { "input_tokens": 10, "output_tokens": 10 },
            }),
        }
    }
}

fn call_id(serial: u64, at: usize) -> String {
    format!("toolu_{serial:04}_{at}")
}

fn stop_reason(turn: &Turn) -> &'static str {
    if turn.calls.is_empty() { "end_turn" } else { "tool_use" }
}

fn blocks(turn: &Turn, serial: u64) -> Vec<Value> {
    let mut blocks = Vec::new();
    if !turn.text.is_empty() || turn.calls.is_empty() {
        blocks.push(json!({ "type": "text", "text": turn.text }));
    }
    for (at, (name, input)) in turn.calls.iter().enumerate() {
        blocks.push(json!({ "type": "tool_use", "id": call_id(serial, at), "name": name, "input": input }));
    }
    blocks
}

fn messages_events(turn: &Turn, serial: u64, model: &Value) -> Vec<(Option<&'static str>, Value)> {
    let named = |name: &'static str, mut data: Value| {
        data["type"] = json!(name);
        (Some(name), data)
    };
    let message = json!({
        "id": format!("msg_{serial}"), "type": "message", "role": "assistant", "model": model, "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": { "input_tokens": 10, "output_tokens": 1 },
    });
    let mut events = vec![named("message_start", json!({ "message": message }))];
    for (at, block) in blocks(turn, serial).into_iter().enumerate() {
        let mut start = block.clone();
        let delta = if block["type"] == "text" {
            start["text"] = json!("");
            json!({ "type": "text_delta", "text": block["text"] })
        } else {
            start["input"] = json!({});
            json!({ "type": "input_json_delta", "partial_json": block["input"].to_string() })
        };
        events.push(named("content_block_start", json!({ "index": at, "content_block": start })));
        events.push(named("content_block_delta", json!({ "index": at, "delta": delta })));
        events.push(named("content_block_stop", json!({ "index": at })));
    }
    let delta = json!({ "stop_reason": stop_reason(turn), "stop_sequence": null });
    events.push(named("message_delta", json!({ "delta": delta, "usage": { "output_tokens": 10 } })));
    events.push(named("message_stop", json!({})));
    events
}

/// An item of a Responses request as a message.
fn item(item: &Value) -> Option<Value> {
    let kind = item["type"].as_str().unwrap_or("message");
    if kind == "message" {
        let role = item["role"].as_str()?;
        let role = if role == "developer" { "system" } else { role };
        let parts = item["content"].as_array().cloned().unwrap_or_else(|| vec![json!({ "text": item["content"] })]);
        let parts: Vec<_> = parts.iter().map(|part| json!({ "type": "text", "text": part["text"] })).collect();
        return Some(json!({ "role": role, "content": parts }));
    }
    if kind.ends_with("_call_output") {
        let output = match &item["output"] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let result = json!({ "type": "tool_result", "tool_use_id": item["call_id"], "content": output });
        return Some(json!({ "role": "user", "content": [result] }));
    }
    if kind.ends_with("_call") {
        let input = item["arguments"].as_str().and_then(|text| serde_json::from_str(text).ok());
        let input: Value = input.unwrap_or_else(|| item["input"].clone());
        let used = json!({ "type": "tool_use", "id": item["call_id"], "name": item["name"], "input": input });
        return Some(json!({ "role": "assistant", "content": [used] }));
    }
    None
}

/// Neighbours of one role become one message, so that the answers can be counted.
fn merged(messages: Vec<Value>) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    for mut message in messages {
        match all.last_mut() {
            Some(last) if last["role"] == message["role"] => {
                let more = message["content"].as_array_mut().map(std::mem::take).unwrap_or_default();
                last["content"].as_array_mut().expect("made above").extend(more);
            }
            _ => all.push(message),
        }
    }
    all
}

fn responses_events(turn: &Turn, serial: u64) -> Vec<(Option<&'static str>, Value)> {
    let id = format!("resp_{serial}");
    let mut items = Vec::new();
    if !turn.text.is_empty() || turn.calls.is_empty() {
        let text = json!({ "type": "output_text", "text": turn.text, "annotations": [] });
        items.push(json!({ "type": "message", "id": format!("m_{serial}"), "role": "assistant", "content": [text] }));
    }
    for (at, (name, input)) in turn.calls.iter().enumerate() {
        items.push(json!({
            "type": "function_call", "id": format!("fc_{serial}_{at}"), "call_id": call_id(serial, at), "name": name,
            "arguments": input.to_string(),
        }));
    }
    let event = |name: &'static str, mut data: Value| {
        data["type"] = json!(name);
        (Some(name), data)
    };
    let mut events = vec![event("response.created", json!({ "response": { "id": id, "status": "in_progress" } }))];
    for (at, item) in items.iter().enumerate() {
        events.push(event("response.output_item.added", json!({ "output_index": at, "item": item })));
        events.push(event("response.output_item.done", json!({ "output_index": at, "item": item })));
    }
    let usage = json!({
        "input_tokens": 10, "input_tokens_details": { "cached_tokens": 0 }, "output_tokens": 10,
        "output_tokens_details": { "reasoning_tokens": 0 }, "total_tokens": 20,
    });
    let response = json!({ "id": id, "status": "completed", "output": items, "usage": usage });
    events.push(event("response.completed", json!({ "response": response })));
    events
}

/// An entry of a Gemini request as a message.
fn content(content: &Value) -> Value {
    let role = if content["role"] == "model" { "assistant" } else { "user" };
    let part = |part: &Value| {
        if let Some(used) = part.get("functionCall") {
            let id = used.get("id").unwrap_or(&used["name"]);
            json!({ "type": "tool_use", "id": id, "name": used["name"], "input": used["args"] })
        } else if let Some(result) = part.get("functionResponse") {
            let id = result.get("id").unwrap_or(&result["name"]);
            json!({ "type": "tool_result", "tool_use_id": id, "content": result["response"].to_string() })
        } else {
            json!({ "type": "text", "text": part["text"] })
        }
    };
    let parts: Vec<_> = content["parts"].as_array().into_iter().flatten().map(part).collect();
    json!({ "role": role, "content": parts })
}

fn gemini_answer(turn: &Turn) -> Value {
    let mut parts: Vec<_> =
        turn.calls.iter().map(|(name, input)| json!({ "functionCall": { "name": name, "args": input } })).collect();
    if !turn.text.is_empty() || parts.is_empty() {
        parts.insert(0, json!({ "text": turn.text }));
    }
    json!({
        "candidates": [{ "content": { "role": "model", "parts": parts }, "finishReason": "STOP", "index": 0 }],
        "usageMetadata": { "promptTokenCount": 10, "candidatesTokenCount": 10, "totalTokenCount": 20 },
        "modelVersion": "scripted",
    })
}
