package io.github.cola4j.data.template;

import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Message;
import io.github.cola4j.data.Message.Role;
import java.util.List;

/**
 * Every message alike: {@code roleStart role roleEnd content turnEnd after}.
 *
 * @param begin what a dialogue begins with; may be empty
 * @param roleStart before a role's name
 * @param roleEnd between a role's name and the content
 * @param turnEnd the mark of a message's end, which the assistant learns to write
 * @param after between messages; may be empty
 * @param toolRole what a tool's role is called
 * @param trimmed whether contents are written without white space around them
 */
record TurnTemplate(
    String begin,
    String roleStart,
    String roleEnd,
    String turnEnd,
    String after,
    String toolRole,
    boolean trimmed)
    implements PromptTemplate {

  /** The format of Llama 3's model card. */
  static TurnTemplate llama3() {
    return new TurnTemplate(
        "<|begin_of_text|>",
        "<|start_header_id|>",
        "<|end_header_id|>\n\n",
        "<|eot_id|>",
        "",
        "ipython",
        true);
  }

  /** ChatML, as Qwen and SmolLM use it; no system message is added. */
  static TurnTemplate chatml() {
    return new TurnTemplate("", "<|im_start|>", "\n", "<|im_end|>", "\n", "tool", false);
  }

  @Override
  public List<Segment> render(Dialogue dialogue) {
    return write(dialogue.forTraining()).build();
  }

  @Override
  public String prompt(Dialogue dialogue) {
    Segment.Builder text = write(dialogue.forGeneration());
    return Segment.text(text.prompt(header(Role.ASSISTANT)).build());
  }

  private Segment.Builder write(Dialogue dialogue) {
    Segment.Builder text = new Segment.Builder().prompt(begin);
    for (Message message : dialogue.messages()) {
      text.prompt(header(message.role()));
      PromptTemplates.requireText(message);
      String content = trimmed ? message.text().strip() : message.text();
      if (message.role() == Role.ASSISTANT) {
        text.answer(content + turnEnd, message.isLearnt());
      } else {
        text.prompt(content + turnEnd);
      }
      text.prompt(after);
    }
    return text;
  }

  private String header(Role role) {
    return roleStart + (role == Role.TOOL ? toolRole : role.key()) + roleEnd;
  }

  @Override
  public List<String> specialTokens() {
    return begin.isEmpty()
        ? List.of(roleStart, turnEnd)
        : List.of(begin, roleStart, roleEnd.strip(), turnEnd);
  }
}
