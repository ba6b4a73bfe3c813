package io.github.cola4j.spark.inference;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.data.Message;
import io.github.cola4j.spark.data.DialogueFormat;
import io.github.cola4j.spark.data.PromptRow;
import java.util.List;

/** A prompt as its file had it, under the names that are the defaults. */
final class PromptJson {
  private PromptJson() {}

  /** Adds the prompt's fields. */
  static void put(ObjectNode line, PromptRow row) {
    if (row.format() == DialogueFormat.ALPACA) {
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
      return;
    }
    ArrayNode messages = line.putArray("messages");
    for (Message message : row.dialogue().messages()) {
      messages.addObject().put("role", message.role().key()).put("content", message.content());
    }
  }
}
