package io.github.cola4j.spark.data;

import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Message;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The texts of a model's special tokens, found in what others wrote. They are kept by how they
 * begin, since a model may have hundreds that begin alike and most texts have none.
 */
record ControlTexts(TreeMap<String, List<String>> byBeginning) implements Serializable {
  private static final int BEGINNING = 2;

  static ControlTexts of(List<String> texts) {
    TreeMap<String, List<String>> sorted = new TreeMap<>();
    for (String text : texts) {
      String beginning = text.substring(0, Math.min(BEGINNING, text.length()));
      sorted.computeIfAbsent(beginning, key -> new ArrayList<>()).add(text);
    }
    return new ControlTexts(sorted);
  }

  /** Whether a message of the dialogue has one in it. */
  boolean isIn(Dialogue dialogue) {
    for (Message message : dialogue.messages()) {
      String text = message.text();
      for (Map.Entry<String, List<String>> some : byBeginning.entrySet()) {
        if (text.contains(some.getKey())) {
          for (String control : some.getValue()) {
            if (text.contains(control)) {
              return true;
            }
          }
        }
      }
    }
    return false;
  }
}
