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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model's own chat template, in Jinja, rendered in a sandbox. It sees {@code messages}, {@code
 * add_generation_prompt}, {@code bos_token}, {@code eos_token}, {@code raise_exception} and {@code
 * strftime_now}; {@code tools} and {@code documents} are none.
 *
 * <p>What of a rendering is an answer follows from renderings of the dialogue's beginnings: up to
 * the assistant's message with the generation prompt, and with the message. White space after the
 * mark of the answer's end is not part of it.
 *
 * @param source the template
 * @param bos the text of the token that begins a text; empty where there is none
 * @param eos the text of the token that ends a text; empty where there is none
 * @param now the time a template may write; fixed, so that every machine writes the same
 */
public record ModelTemplate(String source, String bos, String eos, LocalDateTime now)
    implements PromptTemplate {
  private static final String FILE = "chat_template.jinja";
  private static final String CONFIG = "tokenizer_config.json";

  /** The name of the template for dialogues without tools. */
  public static final String DEFAULT_NAME = "default";

  /**
   * Reads a template from a model folder: from {@code chat_template.jinja}, else {@code
   * tokenizer_config.json}, where it is one template or a list of named ones.
   *
   * @param name which of named ones, commonly {@value #DEFAULT_NAME}
   * @param special the model's
   * @param now the time a template may write
   * @throws IllegalArgumentException if the model has none, or none of that name
   */
  public static ModelTemplate read(
      Path folder, String name, SpecialTokens special, LocalDateTime now) {
    String source;
    Path file = folder.resolve(FILE);
    try {
      source = Files.isRegularFile(file) ? Files.readString(file) : fromConfig(folder, name);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e, e);
    }
    return new ModelTemplate(
        source,
        special.bos() == null ? "" : special.bos().text(),
        special.eos() == null ? "" : special.eos().text(),
        now);
  }

  private static String fromConfig(Path folder, String name) {
    JsonNode template = SpecialTokens.json(folder, CONFIG).path("chat_template");
    if (template.isTextual()) {
      return template.asText();
    }
    List<String> names = new ArrayList<>();
    for (JsonNode named : template) {
      names.add(named.path("name").asText());
      if (names.get(names.size() - 1).equals(name) && named.path("template").isTextual()) {
        return named.path("template").asText();
      }
    }
    throw new IllegalArgumentException(
        names.isEmpty()
            ? String.format(
                "%s has no chat template: neither %s nor chat_template in %s; take a built-in one:"
                    + " alpaca, plain, llama3 or chatml",
                folder, FILE, CONFIG)
            : String.format(
                "%s has no chat template '%s'; it has %s",
                folder.resolve(CONFIG), name, String.join(", ", names)));
  }

  @Override
  public List<Segment> render(Dialogue dialogue) {
    List<Message> messages = dialogue.forTraining().messages();
    String whole = write(messages, false);
    Segment.Builder text = new Segment.Builder();
    int written = 0;
    for (int i = 0; i < messages.size(); i++) {
      if (messages.get(i).role() != Role.ASSISTANT) {
        continue;
      }
      if (i == 0) {
        throw new IllegalArgumentException(
            "the dialogue begins with the assistant; a model's template needs something before it");
      }
      String before = write(messages.subList(0, i), true);
      String with = i + 1 == messages.size() ? whole : write(messages.subList(0, i + 1), false);
      requireStart(with, before, "with message " + (i + 1), "without it");
      requireStart(whole, with, "of the whole dialogue", "up to message " + (i + 1));
      int end = before.length() + answerLength(with.substring(before.length()), messages.get(i));
      text.prompt(whole.substring(written, before.length()))
          .answer(whole.substring(before.length(), end));
      written = end;
    }
    return text.prompt(whole.substring(written)).build();
  }

  /** An answer's characters: without white space at the end if a mark of the end stands before. */
  private static int answerLength(String suffix, Message message) {
    String stripped = suffix.stripTrailing();
    return stripped.endsWith(message.content().strip()) ? suffix.length() : stripped.length();
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
    throw new IllegalArgumentException(
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
    return write(dialogue.forGeneration().messages(), true);
  }

  private String write(List<Message> messages, boolean generation) {
    List<Map<String, Object>> written = new ArrayList<>();
    for (Message message : messages) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("role", message.role().key());
      fields.put("content", message.text());
      written.add(fields);
    }
    Map<String, Object> variables = new HashMap<>();
    variables.put("messages", written);
    variables.put("add_generation_prompt", generation);
    variables.put("tools", null); // defined, as Hugging Face passes them
    variables.put("documents", null);
    variables.put("bos_token", bos);
    variables.put("eos_token", eos);
    return TemplateEngine.render(source, variables, now);
  }

  @Override
  public List<String> specialTokens() {
    return List.of();
  }
}
