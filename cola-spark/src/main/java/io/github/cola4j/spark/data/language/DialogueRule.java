package io.github.cola4j.spark.data.language;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Message;
import io.github.cola4j.data.Message.Role;
import io.github.cola4j.data.template.ControlTexts;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.data.template.PromptTemplates;
import io.github.cola4j.spark.data.row.RowRule;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * When a row is a dialogue. To train on: an instruction with an output, or messages of which the
 * last is the assistant's. To answer: an instruction, whose output is not looked at, or messages,
 * of which an assistant's at the end is left out.
 *
 * @param answered whether a row needs an answer
 * @param controls the model's special tokens, which are remarked where a message has one
 * @param prompt how dialogues are written, for the remarks; null where that is not known
 */
public record DialogueRule(
    DialogueFormat format,
    DialogueColumns columns,
    boolean answered,
    ControlTexts controls,
    PromptConfig prompt)
    implements RowRule<Dialogue> {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  /** What LLaMA-Factory's rows call the system's message and the turns before an instruction. */
  private static final String SYSTEM = "system";

  private static final String HISTORY = "history";

  /** What the assistant may call; the second is OpenAI's older name. */
  private static final List<String> TOOLS = List.of("tools", "functions");

  /** Columns that others show the model, or learn by, and that are not read. */
  private static final List<String> UNUSED =
      List.of("images", "image", "videos", "audios", "chosen", "rejected", "weight");

  /** Refuses a format whose rows are no dialogues. */
  public DialogueRule {
    format.requireDialogue();
  }

  /** A rule for dialogues of which it is not known how they are written. */
  public DialogueRule(DialogueFormat format, DialogueColumns columns, boolean answered) {
    this(format, columns, answered, ControlTexts.of(List.of()), null);
  }

  /** Whether the model's own template writes them, so that tools and reasoning are seen. */
  boolean own() {
    return prompt == null || prompt.template().equals(PromptTemplates.MODEL);
  }

  @Override
  public Map<String, String> required(Collection<String> present) {
    Map<String, String> required = new LinkedHashMap<>();
    DialogueFormat found =
        format != DialogueFormat.AUTO
            ? format
            : present.contains(columns.messages())
                ? DialogueFormat.CHAT
                : present.contains(columns.conversations())
                    ? DialogueFormat.SHAREGPT
                    : DialogueFormat.ALPACA;
    switch (found) {
      case CHAT -> required.put("messages", columns.messages());
      case SHAREGPT -> required.put("conversations", columns.conversations());
      default -> {
        required.put("instruction", columns.instruction());
        if (answered) {
          required.put("output", columns.output());
        }
      }
    }
    return required;
  }

  @Override
  public List<String> optional() {
    return own() ? Stream.concat(parts().stream(), TOOLS.stream()).toList() : parts();
  }

  private List<String> parts() {
    return switch (format) {
      case ALPACA -> List.of(columns.input(), SYSTEM, HISTORY);
      case CHAT, SHAREGPT -> List.of(SYSTEM);
      default ->
          List.of(
              columns.instruction(),
              columns.input(),
              columns.output(),
              columns.messages(),
              columns.conversations(),
              SYSTEM,
              HISTORY);
    };
  }

  @Override
  public String fixHint(String role) {
    return String.format(
        "set tasks[].dialogue.%s (--%s)", role, role.equals("output") ? "answer" : role);
  }

  /** How a row holds its dialogue. */
  public DialogueFormat format(Values values) {
    return format != DialogueFormat.AUTO
        ? format
        : values.of(columns.messages()) != null
            ? DialogueFormat.CHAT
            : values.of(columns.conversations()) != null
                ? DialogueFormat.SHAREGPT
                : DialogueFormat.ALPACA;
  }

  @Override
  public Dialogue apply(Values values) throws BadRowException {
    try {
      List<Message> messages = messages(values);
      return new Dialogue(messages, own() ? tools(values) : null);
    } catch (IllegalArgumentException e) {
      throw new BadRowException("no dialogue", e.getMessage());
    }
  }

  private List<Message> messages(Values values) throws BadRowException {
    return switch (format(values)) {
      case CHAT -> turns(values, columns.messages(), true);
      case SHAREGPT -> turns(values, columns.conversations(), false);
      default -> alpaca(values);
    };
  }

  /** What the assistant may call, or null. */
  String tools(Values values) throws BadRowException {
    for (String column : TOOLS) {
      Object value = values.of(column);
      if (!columns.all().contains(column) && RowRule.isFilled(value)) {
        return value instanceof String text
            ? ToolCalls.tools(TextNode.valueOf(text), column)
            : ToolCalls.tools(((Nested) value).json(), column);
      }
    }
    return null;
  }

  private List<Message> alpaca(Values values) throws BadRowException {
    return withSystem(values, instruction(values));
  }

  /** An instruction, with its answer if that is needed, after the turns before it. */
  List<Message> instruction(Values values) throws BadRowException {
    String instruction = RowRule.text(values, columns.instruction());
    Object input = values.of(columns.input());
    boolean none = input == null || (input instanceof String text && text.isBlank());
    String given = none ? null : RowRule.text(values, columns.input());
    String output = answered ? RowRule.text(values, columns.output()) : null;
    List<Message> messages = new ArrayList<>(history(values));
    messages.addAll(Dialogue.alpaca(instruction, given, output).messages());
    return messages;
  }

  /** The turns before the instruction: a list of pairs, each what was asked and answered. */
  private List<Message> history(Values values) throws BadRowException {
    List<Message> turns = new ArrayList<>();
    if (isUsed(HISTORY, values)) {
      for (JsonNode pair : ((Nested) values.of(HISTORY)).json()) {
        if (pair.size() != 2 || !pair.path(0).isTextual() || !pair.path(1).isTextual()) {
          throw new BadRowException(
              "column 'history' has an entry that is no pair of texts; expected [question,"
                  + " answer]");
        }
        turns.add(new Message(Role.USER, RowRule.wellFormed("history ", pair.get(0).asText())));
        turns.add(
            new Message(Role.ASSISTANT, RowRule.wellFormed("history ", pair.get(1).asText())));
      }
    }
    return turns;
  }

  /** Messages with that of the row's own column before them, if there is one. */
  List<Message> withSystem(Values values, List<Message> messages) throws BadRowException {
    if (!isUsed(SYSTEM, values)) {
      return messages;
    }
    String system = RowRule.text(values, SYSTEM);
    Message first = messages.get(0);
    if (first.role() == Role.SYSTEM) {
      if (!first.content().strip().equals(system.strip())) {
        throw new BadRowException(
            "column 'system' is not the system's message in the dialogue; leave out one of them");
      }
      return messages;
    }
    List<Message> all = new ArrayList<>(List.of(new Message(Role.SYSTEM, system)));
    all.addAll(messages);
    return all;
  }

  /** Whether a column beside those that the job names is part of the dialogue. */
  private boolean isUsed(String column, Values values) {
    Object value = values.of(column);
    boolean list =
        value instanceof Nested nested && nested.json() != null && nested.json().isArray();
    return !columns.all().contains(column)
        && RowRule.isFilled(value)
        && (column.equals(SYSTEM) || (list && format(values) == DialogueFormat.ALPACA));
  }

  private List<Message> turns(Values values, String column, boolean chat) throws BadRowException {
    Object value = values.of(column);
    if (value == null) {
      throw new BadRowException("column '" + column + "' " + values.whenNull());
    }
    JsonNode list = list(value);
    if (list == null || !list.isArray()) {
      throw new BadRowException("column '" + column + "' is no list; expected a list of messages");
    }
    if (list.isEmpty()) {
      throw new BadRowException("column '" + column + "' is an empty list");
    }
    List<Message> messages = Turns.of(list, chat, own());
    return withSystem(values, answered ? answered(messages) : unanswered(messages));
  }

  /** A list as it is, or as the text of JSON that a table may have in its place; null for none. */
  static JsonNode list(Object value) {
    if (value instanceof Nested nested) {
      return nested.json();
    }
    if (!((String) value).startsWith("[")) {
      return null;
    }
    try {
      return JSON.readTree((String) value);
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  @Override
  public List<String> watched() {
    return Stream.concat(own() ? Stream.empty() : TOOLS.stream(), UNUSED.stream())
        .filter(column -> !columns.all().contains(column))
        .toList();
  }

  @Override
  public String remark(String column) {
    return column.equals("chosen") || column.equals("rejected")
        ? "have '"
            + column
            + "', which is not used; dialogue.format: preference learns which of two answers is"
            + " preferred"
        : "have '" + column + "', which is not used: the model does not see it";
  }

  @Override
  public List<String> remarks(Values values, Dialogue dialogue) {
    List<String> remarks = new ArrayList<>(RowRule.super.remarks(values, dialogue));
    if (isUsed(SYSTEM, values)) {
      remarks.add("have a column 'system', which becomes the system's message");
    }
    if (isUsed(HISTORY, values)) {
      remarks.add("have a column 'history', which becomes the turns before the instruction");
    } else if (!columns.all().contains(HISTORY) && RowRule.isFilled(values.of(HISTORY))) {
      remarks.add("have a column 'history' that is no list of pairs, which is not used");
    }
    for (String key : unusedKeys(values)) {
      remarks.add("have messages with '" + key + "', which is not used: the model does not see it");
    }
    addControls(dialogue, remarks);
    return remarks;
  }

  /** Adds what is to be said of special tokens in a dialogue's texts. */
  void addControls(Dialogue dialogue, List<String> remarks) {
    if (controls.isIn(dialogue, false)) {
      remarks.add(
          prompt != null && prompt.controlTokens()
              ? "have special tokens of the model in their text: they are read as what they"
                  + " control, since prompt.controlTokens is true"
              : "have special tokens of the model in their text: they are read as text, not as what"
                  + " they control (prompt.controlTokens: true changes that)");
    }
    if (controls.isIn(dialogue, true)) {
      remarks.add(
          "have special tokens of the model in an answer: they are read as what they control, not"
              + " as text; take them out unless that is meant");
    }
  }

  private List<String> unusedKeys(Values values) {
    String column =
        switch (format(values)) {
          case CHAT -> columns.messages();
          case SHAREGPT -> columns.conversations();
          default -> null;
        };
    return column == null ? List.of() : Turns.unusedKeys(list(values.of(column)), own());
  }

  private static List<Message> answered(List<Message> messages) throws BadRowException {
    Role last = messages.get(messages.size() - 1).role();
    if (last != Role.ASSISTANT) {
      throw new BadRowException(
          "the last message is the " + last.key() + "'s; expected the assistant's");
    }
    if (messages.stream().noneMatch(Message::isLearnt)) {
      throw new BadRowException("every answer has weight 0; expected one that is learnt");
    }
    return messages;
  }

  static List<Message> unanswered(List<Message> messages) throws BadRowException {
    int end = messages.size();
    while (end > 0 && messages.get(end - 1).role() == Role.ASSISTANT) {
      end--;
    }
    if (end == 0 || messages.get(end - 1).role() == Role.SYSTEM) {
      throw new BadRowException("there is nothing to answer; expected a user's message");
    }
    return messages.subList(0, end);
  }
}
