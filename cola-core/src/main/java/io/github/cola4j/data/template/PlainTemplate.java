package io.github.cola4j.data.template;

import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Message;
import io.github.cola4j.data.Message.Role;
import java.util.List;

/**
 * The messages with nothing around them; an answer follows its prompt directly. Messages before an
 * answer are joined by a line break.
 *
 * @param eos what ends an answer
 */
record PlainTemplate(String eos) implements PromptTemplate {
  @Override
  public List<Segment> render(Dialogue dialogue) {
    return write(dialogue.forTraining());
  }

  @Override
  public String prompt(Dialogue dialogue) {
    return Segment.text(write(dialogue.forGeneration()));
  }

  private List<Segment> write(Dialogue dialogue) {
    Segment.Builder text = new Segment.Builder();
    Role before = Role.ASSISTANT;
    for (Message message : dialogue.messages()) {
      PromptTemplates.requireText(message);
      if (message.role() == Role.SYSTEM && message.content().isBlank()) {
        continue;
      }
      if (message.role() == Role.ASSISTANT) {
        text.answer(message.content() + eos, message.isLearnt());
      } else {
        text.prompt((before == Role.ASSISTANT ? "" : "\n") + message.text());
      }
      before = message.role();
    }
    return text.build();
  }

  @Override
  public List<String> specialTokens() {
    return List.of(eos);
  }
}
