package io.github.cola4j.spark.inference;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.data.Message;
import io.github.cola4j.data.MessageFields;
import io.github.cola4j.spark.data.PromptRow;
import io.github.cola4j.spark.data.language.DialogueFormat;
import java.util.List;

/** A prompt as its file had it, under the names that are the defaults. */
final class PromptJson {
  private static final ObjectMapper JSON = new ObjectMapper();

  private PromptJson() {}

  /** Adds the prompt's fields. */
  static void put(ObjectNode line, PromptRow row) {
    if (row.format() == DialogueFormat.ALPACA) {
      putInstruction(line, row);
    } else {
      ArrayNode messages = line.putArray("messages");
      row.dialogue().messages().forEach(message -> put(messages.addObject(), message));
    }
    putJson(line, "tools", row.dialogue().tools());
  }

  private static void putInstruction(ObjectNode line, PromptRow row) {
    List<Message> turns = row.dialogue().turns();
    if (row.dialogue().system() != null) {
      line.put("system", row.dialogue().system().content());
    }
    if (turns.size() > 1) {
      ArrayNode history = line.putArray("history");
      for (int t = 0; t + 2 < turns.size(); t += 2) {
        history.addArray().add(turns.get(t).content()).add(turns.get(t + 1).content());
      }
    }
    Message message = turns.get(turns.size() - 1);
    line.put("instruction", message.content());
    if (message.input() != null) {
      line.put("input", message.input());
    }
  }

  private static void put(ObjectNode turn, Message message) {
    MessageFields fields = message.fields();
    turn.put("role", message.role().key()).put("content", message.content());
    put(turn, "reasoning_content", fields.reasoning());
    put(turn, "name", fields.name());
    put(turn, "tool_call_id", fields.toolCallId());
    putJson(turn, "tool_calls", fields.toolCalls());
  }

  private static void put(ObjectNode turn, String name, String value) {
    if (value != null) {
      turn.put(name, value);
    }
  }

  private static void putJson(ObjectNode target, String name, String json) {
    try {
      if (json != null) {
        target.set(name, JSON.readTree(json));
      }
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("expected JSON in " + name + ", got " + json, e);
    }
  }
}
