package io.github.cola4j.data.template;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Message;
import io.github.cola4j.data.Message.Role;
import io.github.cola4j.data.tokenizer.SpecialTokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A model's own chat template, in Jinja, rendered in a sandbox. It sees {@code messages}, {@code
 * tools}, {@code add_generation_prompt}, {@code bos_token}, {@code eos_token}, {@code
 * raise_exception} and {@code strftime_now}, and {@code enable_thinking} where it is set; {@code
 * documents} is none.
 *
 * <p>What of a rendering is an answer follows from renderings of the dialogue's beginnings: up to
 * the assistant's message with the generation prompt, and with the message. White space after the
 * mark of the answer's end is not part of it.
 *
 * <p>What the assistant thought is learnt with an answer, also where the template leaves it out
 * (DeepSeek-R1's) though it knows {@code </think>}, or opens {@code <think>} in the generation
 * prompt. Earlier answers are written as the template writes them, commonly without.
 *
 * @param source the template
 * @param toolUse the template for dialogues with tools; null where it is the same
 * @param bos the text of the token that begins a text; empty where there is none
 * @param eos the text of the token that ends a text; empty where there is none
 * @param now the time a template may write; fixed, so that every machine writes the same
 * @param thinking whether answers begin with what the assistant thinks, for templates that ask; if
 *     not, it is left out. Null leaves it to the template
 */
public record ModelTemplate(
    String source, String toolUse, String bos, String eos, LocalDateTime now, Boolean thinking)
    implements PromptTemplate {
  private static final String FILE = "chat_template.jinja";
  private static final String NONE = "None";
  private static final String CONFIG = "tokenizer_config.json";

  /** The name of the template for dialogues without tools. */
  public static final String DEFAULT_NAME = "default";

  /** The name of the template for dialogues with tools, where a model has one. */
  public static final String TOOL_USE = "tool_use";

  /** A template for any dialogue. */
  public ModelTemplate(String source, String bos, String eos, LocalDateTime now) {
    this(source, null, bos, eos, now, null);
  }

  /**
   * Reads a template from a model folder: from {@code chat_template.jinja}, else {@code
   * tokenizer_config.json}, where it is one template or a list of named ones.
   *
   * @param special the model's
   * @param now the time a template may write
   * @param thinking as the record takes it
   * @throws IllegalArgumentException if the model has none, or none named {@value #DEFAULT_NAME}
   */
  public static ModelTemplate read(
      Path folder, SpecialTokens special, LocalDateTime now, Boolean thinking) {
    Map<String, String> named;
    Path file = folder.resolve(FILE);
    try {
      named =
          Files.isRegularFile(file)
              ? Map.of(DEFAULT_NAME, Files.readString(file))
              : fromConfig(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e, e);
    }
    return new ModelTemplate(
        named.get(DEFAULT_NAME),
        named.get(TOOL_USE),
        special.bos() == null ? "" : special.bos().text(),
        special.eos() == null ? "" : special.eos().text(),
        now,
        thinking);
  }

  private static Map<String, String> fromConfig(Path folder) {
    JsonNode template = SpecialTokens.json(folder, CONFIG).path("chat_template");
    if (template.isTextual()) {
      return Map.of(DEFAULT_NAME, template.asText());
    }
    Map<String, String> named = new LinkedHashMap<>();
    for (JsonNode entry : template) {
      named.putIfAbsent(entry.path("name").asText(), entry.path("template").textValue());
    }
    if (named.get(DEFAULT_NAME) != null) {
      return named;
    }
    throw new IllegalArgumentException(
        named.isEmpty()
            ? String.format(
                "%s has no chat template: neither %s nor chat_template in %s; take a built-in one:"
                    + " alpaca, plain, llama3 or chatml",
                folder, FILE, CONFIG)
            : String.format(
                "%s has no chat template '%s'; it has %s",
                folder.resolve(CONFIG), DEFAULT_NAME, String.join(", ", named.keySet())));
  }

  /** What stands before an answer, and the answer with the mark of its end and what follows it. */
  private record Answer(String before, String text) {}

  /** An answer is not found in the text, since the template writes it otherwise there. */
  private static final class RewrittenException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    RewrittenException(String message) {
      super(message);
    }
  }

  @Override
  public List<Segment> render(Dialogue dialogue) {
    Dialogue said = prepared(dialogue.forTraining());
    List<Message> messages = said.messages();
    Segment.Builder text = new Segment.Builder();
    String done = "";
    String tail = null; // after the last message's answer
    boolean learnt = false;
    boolean hidden = false; // whether there is an answer that is not learnt where none was found
    for (int i = 0; i < messages.size(); i++) {
      Message message = messages.get(i);
      if (message.role() != Role.ASSISTANT) {
        continue;
      }
      Answer answer;
      try {
        answer = answer(said, i);
      } catch (IllegalArgumentException e) {
        if (message.isLearnt()) {
          throw e;
        }
        hidden = true;
        continue;
      }
      if (!learnt && !answer.before().startsWith(done)) {
        text = new Segment.Builder(); // earlier answers are given, however they are written
        done = "";
        hidden = true;
      }
      requireStart(answer.before(), done, "before message " + (i + 1), "up to an earlier answer");
      String prompt = answer.before().substring(done.length());
      String answered = answer.text().substring(0, answerLength(answer.text(), message));
      text = hidden ? text.answer(prompt, false) : text.prompt(prompt);
      text.answer(answered, message.isLearnt());
      done = answer.before() + answered;
      tail = i + 1 == messages.size() ? answer.text().substring(answered.length()) : null;
      learnt |= message.isLearnt();
      hidden = false;
    }
    if (tail == null) {
      String whole = write(said, false);
      requireStart(whole, done, "of the whole dialogue", "up to its last answer");
      tail = whole.substring(done.length());
    }
    return (hidden ? text.answer(tail, false) : text.prompt(tail)).build();
  }

  @Override
  public List<Dialogue> parts(Dialogue dialogue) {
    List<Message> messages = dialogue.messages();
    List<Integer> learnt =
        IntStream.range(0, messages.size())
            .filter(i -> messages.get(i).isLearnt())
            .boxed()
            .toList();
    if (learnt.isEmpty() || (learnt.size() == 1 && learnt.get(0) == messages.size() - 1)) {
      return List.of(dialogue);
    }
    try {
      render(dialogue);
      return List.of(dialogue);
    } catch (RewrittenException e) {
      return learnt.stream().map(i -> upTo(dialogue, i)).toList();
    } catch (IllegalArgumentException e) {
      return List.of(dialogue); // encoding it reports what is wrong
    }
  }

  /** A dialogue that ends in an answer, of which alone is learnt. */
  private static Dialogue upTo(Dialogue dialogue, int answer) {
    List<Message> messages = new ArrayList<>();
    for (Message message : dialogue.messages().subList(0, answer)) {
      messages.add(message.with(message.fields().withLearnt(message.role() != Role.ASSISTANT)));
    }
    messages.add(dialogue.messages().get(answer));
    return dialogue.withMessages(messages);
  }

  /** The dialogue without what was thought, if that is not wanted. */
  private Dialogue prepared(Dialogue dialogue) {
    return thinking == null || thinking
        ? dialogue
        : dialogue.withMessages(dialogue.messages().stream().map(Reasoning::without).toList());
  }

  /** An answer after what comes before it, with what was thought. */
  private Answer answer(Dialogue said, int index) {
    if (index == 0) {
      throw new IllegalArgumentException(
          "the dialogue begins with the assistant; a model's template needs something before it");
    }
    Message message = said.messages().get(index);
    String with = writeTo(said, index, message);
    String before = write(said.withMessages(said.messages().subList(0, index)), true);
    String thought = Reasoning.of(message);
    boolean leftOut =
        thought != null && with.equals(writeTo(said, index, Reasoning.other(message)));
    if (!with.startsWith(before) && Reasoning.isOpenAtEnd(before)) {
      String start = Reasoning.beforeOpen(before);
      boolean follows = with.startsWith(start) && !with.startsWith(Reasoning.OPEN, start.length());
      if (follows && (thought == null || leftOut)) {
        String rest = with.substring(start.length());
        return thinking != null && !thinking
            ? new Answer(Reasoning.closed(before), rest.stripLeading())
            : new Answer(before, Reasoning.continued(thought, rest));
      }
    }
    requireStart(with, before, "with message " + (index + 1), "without it");
    String text = with.substring(before.length());
    if (!leftOut) {
      return new Answer(before, text);
    }
    if (!source(said).contains(Reasoning.CLOSE) || Reasoning.isOpenAtEnd(before)) {
      throw new IllegalArgumentException(
          "the model's chat template leaves out what message "
              + (index + 1)
              + " has in reasoning_content; set prompt.thinking: false to train without it");
    }
    return new Answer(before, Reasoning.whole(thought, text));
  }

  /** The dialogue up to a message, which is another there. */
  private String writeTo(Dialogue said, int index, Message last) {
    List<Message> messages = new ArrayList<>(said.messages().subList(0, index));
    messages.add(last);
    return write(said.withMessages(messages), false);
  }

  /** An answer's characters: without white space at the end if a mark of the end stands before. */
  private static int answerLength(String suffix, Message message) {
    String stripped = suffix.stripTrailing();
    String content = message.text().strip();
    return !content.isEmpty() && stripped.endsWith(content) ? suffix.length() : stripped.length();
  }

  private static void requireStart(String text, String start, String what, String other) {
    if (text.startsWith(start)) {
      return;
    }
    int same = 0;
    while (same < Math.min(text.length(), start.length())
        && text.charAt(same) == start.charAt(same)) {
      same++;
    }
    throw new RewrittenException(
        String.format(
            "the model's chat template writes the text %s other than %s, from character %d on:"
                + " '%s', not '%s'; so answers cannot be told from prompts. Take a built-in"
                + " template by its name",
            what, other, same + 1, shown(text, same), shown(start, same)));
  }

  private static String shown(String text, int from) {
    return text.substring(from, Math.min(text.length(), from + 40)).replace("\n", "\\n");
  }

  @Override
  public String prompt(Dialogue dialogue) {
    String prompt = write(prepared(dialogue.forGeneration()), true);
    return thinking != null && !thinking && Reasoning.isOpenAtEnd(prompt)
        ? Reasoning.closed(prompt)
        : prompt;
  }

  /** The text of a dialogue; a content that is none is empty where the template writes None. */
  private String write(Dialogue dialogue, boolean generation) {
    String text = writeCalls(dialogue, generation);
    if (!text.contains(NONE) || dialogue.messages().stream().allMatch(m -> m.content() != null)) {
      return text;
    }
    Dialogue filled =
        dialogue.withMessages(
            dialogue.messages().stream()
                .map(m -> m.content() == null ? new Message(m.role(), "", null, m.fields()) : m)
                .toList());
    String other = writeCalls(filled, generation);
    return other.split(NONE, -1).length < text.split(NONE, -1).length ? other : text;
  }

  /** Arguments of calls are objects unless the template cannot take them. */
  private String writeCalls(Dialogue dialogue, boolean generation) {
    boolean calls = dialogue.messages().stream().anyMatch(m -> m.fields().toolCalls() != null);
    requireWord(dialogue, dialogue.tools() != null, "tools");
    requireWord(dialogue, calls, "tool_calls");
    Map<String, Object> objects = TemplateVariables.of(dialogue, true);
    try {
      return write(dialogue, generation, objects);
    } catch (IllegalArgumentException e) {
      if (!calls) {
        throw e;
      }
      try {
        return write(dialogue, generation, TemplateVariables.of(dialogue, false));
      } catch (IllegalArgumentException second) {
        e.addSuppressed(second);
        throw e;
      }
    }
  }

  /** Refuses what the template would leave out without a word. */
  private void requireWord(Dialogue dialogue, boolean given, String word) {
    if (given && !source(dialogue).contains(word)) {
      throw new IllegalArgumentException(
          "it has "
              + word
              + ", which the model's chat template does not write; remove them, or take a model"
              + " whose template does");
    }
  }

  private String write(Dialogue dialogue, boolean generation, Map<String, Object> variables) {
    variables.put("add_generation_prompt", generation);
    variables.put("bos_token", bos);
    variables.put("eos_token", eos);
    if (thinking != null) {
      variables.put("enable_thinking", thinking);
      variables.put("thinking", thinking);
    }
    return TemplateEngine.render(source(dialogue), variables, now);
  }

  private String source(Dialogue dialogue) {
    return dialogue.tools() == null || toolUse == null ? source : toolUse;
  }

  @Override
  public List<String> specialTokens() {
    return List.of();
  }
}
