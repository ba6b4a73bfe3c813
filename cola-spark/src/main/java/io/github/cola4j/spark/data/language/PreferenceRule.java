package io.github.cola4j.spark.data.language;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Message;
import io.github.cola4j.data.Message.Role;
import io.github.cola4j.data.Preference;
import io.github.cola4j.spark.data.row.RowRule;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * When a row is a preference: two answers, each a text, a message or a list of messages, and what
 * they answer: a column of its own, or the beginning that both share, as in the data sets of TRL.
 *
 * @param columns which columns
 * @param dialogue reads what dialogues have too: messages, system, tools
 */
record PreferenceRule(DialogueColumns columns, DialogueRule dialogue)
    implements RowRule<Preference> {
  /** Columns of what others show the model, or learn by, and that are not read. */
  private static final List<String> UNUSED =
      List.of("images", "image", "videos", "score_chosen", "score_rejected");

  @Override
  public Map<String, String> required(Collection<String> present) {
    Map<String, String> required = new LinkedHashMap<>();
    required.put("chosen", columns.chosen());
    required.put("rejected", columns.rejected());
    return required;
  }

  @Override
  public List<String> optional() {
    return Stream.concat(Stream.of(columns.prompt()), dialogue.optional().stream())
        .distinct()
        .toList();
  }

  @Override
  public List<String> watched() {
    return UNUSED;
  }

  @Override
  public String fixHint(String role) {
    return String.format("set tasks[].dialogue.%s (--%s)", role, role);
  }

  @Override
  public List<String> remarks(Values values, Preference preference) {
    List<String> remarks = new ArrayList<>(RowRule.super.remarks(values, preference));
    dialogue.addControls(preference.chosen(), remarks);
    return remarks;
  }

  @Override
  public Preference apply(Values values) throws BadRowException {
    try {
      List<Message> chosen = answer(values, columns.chosen());
      List<Message> rejected = answer(values, columns.rejected());
      if (chosen.equals(rejected)) {
        throw new BadRowException("both answers are the same; there is nothing to prefer");
      }
      Split split = asked(values);
      List<Message> asked = split.asked();
      if (asked == null) {
        split = shared(chosen, rejected);
        asked = split.asked();
        chosen = split.chosen();
        rejected = split.rejected();
      }
      List<Message> before = dialogue.withSystem(values, asked);
      String tools = dialogue.own() ? dialogue.tools(values) : null;
      return new Preference(
          dialogue(before, without(asked, chosen), columns.chosen(), tools),
          dialogue(before, without(asked, rejected), columns.rejected(), tools));
    } catch (IllegalArgumentException e) {
      throw new BadRowException("no preference", e.getMessage());
    }
  }

  /** What is asked, null where a row has no column of it, and both answers after that. */
  private record Split(List<Message> asked, List<Message> chosen, List<Message> rejected) {}

  private Split asked(Values values) throws BadRowException {
    for (String column : List.of(columns.prompt(), columns.messages())) {
      if (RowRule.isFilled(values.of(column))) {
        List<Message> given = messages(values, column, Role.USER);
        return new Split(DialogueRule.unanswered(given), null, null);
      }
    }
    boolean instructed = RowRule.isFilled(values.of(columns.instruction()));
    return new Split(instructed ? dialogue.instruction(values) : null, null, null);
  }

  private List<Message> answer(Values values, String column) throws BadRowException {
    return messages(values, column, Role.ASSISTANT);
  }

  /** Messages, or a text that is one of a role. */
  private List<Message> messages(Values values, String column, Role role) throws BadRowException {
    Object value = values.of(column);
    JsonNode list = value == null ? null : DialogueRule.list(value);
    if (list != null && list.isObject()) {
      list = JsonNodeFactory.instance.arrayNode().add(list);
    }
    if (list == null || !list.isArray() || (value instanceof String && !list.path(0).isObject())) {
      return List.of(new Message(role, RowRule.text(values, column)));
    }
    if (list.isEmpty()) {
      throw new BadRowException("column '" + column + "' is an empty list");
    }
    return Turns.of(list, true, dialogue.own());
  }

  /** The beginning that both answers share is what they answer. */
  private static Split shared(List<Message> chosen, List<Message> rejected) throws BadRowException {
    if (isText(chosen) && isText(rejected)) {
      String one = chosen.get(0).content();
      String other = rejected.get(0).content();
      int end = 0;
      for (int i = 0; i < Math.min(one.length(), other.length()); i++) {
        if (one.charAt(i) != other.charAt(i)) {
          break;
        }
        end = Character.isWhitespace(one.charAt(i)) ? i : end;
      }
      requireShared(!one.substring(0, end).isBlank());
      return new Split(
          List.of(new Message(Role.USER, one.substring(0, end))),
          List.of(new Message(Role.ASSISTANT, one.substring(end))),
          List.of(new Message(Role.ASSISTANT, other.substring(end))));
    }
    int same = 0;
    while (same < Math.min(chosen.size(), rejected.size()) - 1
        && chosen.get(same).equals(rejected.get(same))) {
      same++;
    }
    requireShared(same > 0);
    return new Split(chosen.subList(0, same), chosen, rejected);
  }

  private static boolean isText(List<Message> answer) {
    return answer.size() == 1 && answer.get(0).role() == Role.ASSISTANT;
  }

  private static void requireShared(boolean some) throws BadRowException {
    if (!some) {
      throw new BadRowException(
          "there is no prompt, and the answers share no beginning that could be one");
    }
  }

  /** An answer without what is asked, if it begins with that. */
  private static List<Message> without(List<Message> asked, List<Message> answer) {
    boolean begins = answer.size() > asked.size() && answer.subList(0, asked.size()).equals(asked);
    return begins ? answer.subList(asked.size(), answer.size()) : answer;
  }

  /** What is asked, of which nothing is learnt, and an answer. */
  private static Dialogue dialogue(
      List<Message> asked, List<Message> answer, String column, String tools)
      throws BadRowException {
    if (asked.get(asked.size() - 1).role() == Role.ASSISTANT
        || answer.get(0).role() != Role.ASSISTANT
        || answer.get(answer.size() - 1).role() != Role.ASSISTANT) {
      throw new BadRowException(
          "column '"
              + column
              + "' is no answer to the prompt; expected the assistant's message, after the prompt"
              + " or alone");
    }
    List<Message> all = new ArrayList<>();
    for (Message message : asked) {
      all.add(
          message.role() == Role.ASSISTANT
              ? message.with(message.fields().withLearnt(false))
              : message);
    }
    all.addAll(answer);
    return new Dialogue(all, tools).forTraining();
  }
}
