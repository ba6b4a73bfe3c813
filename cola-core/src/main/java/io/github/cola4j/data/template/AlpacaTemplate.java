package io.github.cola4j.data.template;

import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Message;
import io.github.cola4j.data.Message.Role;
import java.util.List;

/**
 * The prompt of Stanford's Alpaca, in its variants with and without an input. A system message
 * stands in the place of its first sentence; further turns repeat the headings.
 *
 * @param eos what ends an answer
 */
record AlpacaTemplate(String eos) implements PromptTemplate {
  private static final String WITH_INPUT =
      "Below is an instruction that describes a task, paired with an input that provides further"
          + " context. Write a response that appropriately completes the request.";

  private static final String WITHOUT_INPUT =
      "Below is an instruction that describes a task."
          + " Write a response that appropriately completes the request.";

  @Override
  public List<Segment> render(Dialogue dialogue) {
    return write(dialogue.forTraining());
  }

  @Override
  public String prompt(Dialogue dialogue) {
    return Segment.text(write(dialogue.forGeneration()));
  }

  private List<Segment> write(Dialogue dialogue) {
    Message first = dialogue.turns().isEmpty() ? null : dialogue.turns().get(0);
    if (first == null || first.role() != Role.USER) {
      throw new IllegalArgumentException(
          "template 'alpaca' needs a user's message first: the instruction");
    }
    Segment.Builder text = new Segment.Builder();
    text.prompt(
        dialogue.system() != null && !dialogue.system().content().isBlank()
            ? dialogue.system().content()
            : first.input() != null ? WITH_INPUT : WITHOUT_INPUT);
    Role before = Role.ASSISTANT;
    for (Message message : dialogue.turns()) {
      boolean user = message.role() == Role.USER;
      PromptTemplates.requireText(message);
      if (message.role() == Role.TOOL || user != (before == Role.ASSISTANT)) {
        throw new IllegalArgumentException(
            "template 'alpaca' needs user and assistant alternately, here the "
                + message.role().key()
                + " follows the "
                + before.key());
      }
      if (user) {
        text.prompt("\n\n### Instruction:\n" + message.content());
        text.prompt(message.input() == null ? "" : "\n\n### Input:\n" + message.input());
        text.prompt("\n\n### Response:\n");
      } else {
        text.answer(message.content() + eos, message.isLearnt());
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
