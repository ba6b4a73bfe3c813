package io.github.cola4j.spark.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.data.Message;
import io.github.cola4j.spark.data.DialogueFormat;
import io.github.cola4j.spark.data.PromptRow;

/** A prompt as its file had it, under the names that are the defaults. */
final class PromptJson {
  private PromptJson() {}

  /** Adds the prompt's fields. */
  static void put(ObjectNode line, PromptRow row) {
    if (row.format() == DialogueFormat.ALPACA) {
      Message message = row.dialogue().messages().get(0);
      line.put("instruction", message.content());
      if (message.input() != null) {
        line.put("input", message.input());
      }
      return;
    }
    ArrayNode messages = line.putArray("messages");
    for (Message message : row.dialogue().messages()) {
      messages.addObject().put("role", message.role().key()).put("content", message.content());
    }
  }
}
