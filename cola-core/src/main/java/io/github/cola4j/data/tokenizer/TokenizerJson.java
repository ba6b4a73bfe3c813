package io.github.cola4j.data.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The content of a {@code tokenizer.json}, checked before native code gets it: ids that the model
 * has embeddings for, tables that are not larger than the model's, regular expressions that take
 * linear time, and normalisers that do not blow a text up. Native code that fails takes the JVM
 * with it, so it must not be asked what it cannot do.
 *
 * @param json what the native tokenizer gets: without added tokens that have no embedding
 * @param addedTokens the ids of those that a text holds whole
 * @param specialTexts the texts of those that are said to be special: what controls a model
 * @param withoutEmbedding added tokens that the model has no embedding for, as of a pad token whose
 *     model was never resized. They are left out, so that they can never come out of a text
 * @param dropsBlanks whether white space only separates words, so that a run of it is as good as
 *     one
 */
record TokenizerJson(
    byte[] json,
    Map<String, Integer> addedTokens,
    List<String> specialTexts,
    List<String> withoutEmbedding,
    boolean dropsBlanks) {

  /** Characters that normalisers put before a text, and how often longer they may make it. */
  private static final int MAX_PREFIX = 1000;

  private static final double MAX_GROWTH = 64;

  /** Characters of a word that WordPiece looks at; its time grows with their third power. */
  private static final int MAX_WORD = 1000;

  private static final int MAX_TEMPLATE = 1000;

  /** Characters of an added token; the native search for them is built in more than linear time. */
  private static final int MAX_ADDED = 1000;

  private static final int MAX_DEPTH = 100;

  /** What decides which tokens a text has, and which text a token is. */
  private static final List<String> PARTS =
      List.of("normalizer", "pre_tokenizer", "model", "added_tokens", "decoder");

  /** The parts whose content is another one's in another file, whatever the order of its keys. */
  List<String> differences(TokenizerJson other) {
    try {
      JsonNode one = new ObjectMapper().readTree(json);
      JsonNode two = new ObjectMapper().readTree(other.json);
      return PARTS.stream().filter(part -> !one.path(part).equals(two.path(part))).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads and checks.
   *
   * @param vocabulary the number of embeddings of the model
   * @throws IllegalArgumentException if something is wrong
   */
  static TokenizerJson read(byte[] bytes, int vocabulary) throws IOException {
    JsonNode tree = new ObjectMapper().readTree(bytes);
    checkValues(tree, 0);
    JsonNode model = tree.path("model");
    checkVocabulary(model.path("vocab"), vocabulary);
    checkMerges(model);
    if (model.path("dropout").asDouble(0) != 0) {
      throw new IllegalArgumentException(
          "model.dropout is "
              + model.path("dropout")
              + ", so that a text would have other tokens each time; set it to null");
    }
    if (model.path("max_input_chars_per_word").asDouble(0) > MAX_WORD) {
      throw new IllegalArgumentException(
          "expected max_input_chars_per_word of up to "
              + MAX_WORD
              + ", got "
              + model.path("max_input_chars_per_word"));
    }
    checkNormalizers(tree.path("normalizer"));
    checkTemplate(tree.path("post_processor"), vocabulary);
    for (JsonNode regex : tree.findValues("Regex")) {
      TokenizerPatterns.check(regex.asText());
    }
    Map<String, Integer> added = new LinkedHashMap<>();
    List<String> special = new ArrayList<>();
    List<String> without = new ArrayList<>();
    ArrayNode kept = new ObjectMapper().createArrayNode();
    for (JsonNode token : tree.path("added_tokens")) {
      String content = token.path("content").asText();
      int id = id(token.path("id"), content);
      if (content.length() > MAX_ADDED) {
        throw new IllegalArgumentException(
            "expected an added token of up to "
                + MAX_ADDED
                + " characters, token "
                + id
                + " has "
                + content.length());
      }
      if (id >= vocabulary) {
        without.add(content);
      } else {
        added.put(content, id);
        kept.add(token);
        if (token.path("special").asBoolean() && !content.isEmpty()) {
          special.add(content);
        }
      }
    }
    if (!without.isEmpty() && added.size() + without.size() > vocabulary) {
      throw tooMany(added.size() + without.size(), "added tokens", vocabulary);
    }
    byte[] json = bytes;
    if (!without.isEmpty()) {
      ((ObjectNode) tree).set("added_tokens", kept);
      json = new ObjectMapper().writeValueAsBytes(tree);
    }
    return new TokenizerJson(json, added, List.copyOf(special), without, dropsBlanks(tree));
  }

  /** What a native tokenizer gets that reads special tokens' texts as any other. */
  byte[] withoutSpecial() {
    ObjectMapper mapper = new ObjectMapper();
    try {
      ObjectNode tree = (ObjectNode) mapper.readTree(json);
      ArrayNode kept = mapper.createArrayNode();
      for (JsonNode token : tree.path("added_tokens")) {
        if (!token.path("special").asBoolean()) {
          kept.add(token);
        }
      }
      return mapper.writeValueAsBytes((JsonNode) tree.set("added_tokens", kept));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // it was read before
    }
  }

  /** As BERT's own tokenizer does: anything else might count the blanks. */
  private static boolean dropsBlanks(JsonNode tree) {
    JsonNode normalizer = tree.path("normalizer").path("type");
    return tree.path("pre_tokenizer").path("type").asText().equals("BertPreTokenizer")
        && (normalizer.isMissingNode() || normalizer.asText().equals("BertNormalizer"))
        && tree.path("added_tokens").findValuesAsText("content").stream()
            .noneMatch(content -> content.matches("(?s).*\\s.*"));
  }

  /** What Java's JSON may hold and native code's may not, which takes it for a bug of its own. */
  private static void checkValues(JsonNode node, int depth) {
    boolean tooLarge =
        node.isNumber()
            && (node.isIntegralNumber()
                ? !node.canConvertToLong()
                : !Double.isFinite(node.doubleValue()));
    if (tooLarge || depth > MAX_DEPTH) {
      throw new IllegalArgumentException(
          "expected numbers of up to 64 bits and up to "
              + MAX_DEPTH
              + " levels of lists and objects, got "
              + (tooLarge ? shown(node.toString()) : "more levels"));
    }
    for (JsonNode child : node) {
      checkValues(child, depth + 1);
    }
  }

  private static void checkVocabulary(JsonNode table, int vocabulary) {
    int highest = table.isArray() ? table.size() - 1 : -1;
    if (table.isObject()) {
      for (var token : table.properties()) {
        highest = Math.max(highest, id(token.getValue(), token.getKey()));
      }
    }
    if (highest >= vocabulary) {
      throw new IllegalArgumentException(
          "the vocabulary has a token of id "
              + highest
              + ", the model has "
              + vocabulary
              + " embeddings; take tokenizer.json and weights of one and the same model");
    }
    if (table.size() > vocabulary) {
      throw tooMany(table.size(), "entries in its vocabulary", vocabulary);
    }
  }

  /** Native code cuts the prefix off the second part of a merge, whatever is there. */
  private static void checkMerges(JsonNode model) {
    String prefix = model.path("continuing_subword_prefix").asText("");
    for (JsonNode merge : prefix.isEmpty() ? List.<JsonNode>of() : model.path("merges")) {
      String second =
          merge.isArray()
              ? merge.path(1).asText()
              : merge.asText().substring(merge.asText().indexOf(' ') + 1);
      if (!second.startsWith(prefix)) {
        throw new IllegalArgumentException(
            "expected merges whose second part begins with continuing_subword_prefix '"
                + shown(prefix)
                + "', got "
                + shown(merge.toString()));
      }
    }
  }

  private static int id(JsonNode id, String token) {
    if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0) {
      throw new IllegalArgumentException(
          "expected an id of 0 or more, up to 2^31 - 1, for token '"
              + shown(token)
              + "', got "
              + shown(id.toString()));
    }
    return id.intValue();
  }

  /** The growth of one normaliser after another is their product. */
  private static void checkNormalizers(JsonNode normalizer) {
    double growth = 1;
    long prefix = 0;
    for (JsonNode type : normalizer.findParents("type")) {
      prefix += type.path("prepend").asText().length();
      if (type.path("type").asText().equals("Replace")) {
        int replaced = Math.max(1, type.path("pattern").path("String").asText().length());
        growth *= Math.max(1, (double) type.path("content").asText().length() / replaced);
      }
    }
    if (growth > MAX_GROWTH || prefix > MAX_PREFIX) {
      throw new IllegalArgumentException(
          "its normalizer would make a text more than "
              + (int) MAX_GROWTH
              + " times as long, or put more than "
              + MAX_PREFIX
              + " characters before it");
    }
  }

  private static void checkTemplate(JsonNode processor, int vocabulary) {
    for (JsonNode ids : processor.findValues("ids")) {
      for (JsonNode id : ids) {
        if (id(id, "of post_processor") >= vocabulary) {
          throw new IllegalArgumentException(
              "post_processor writes token "
                  + id
                  + ", the model has "
                  + vocabulary
                  + " embeddings; take tokenizer.json and weights of one and the same model");
        }
      }
    }
    for (JsonNode template : processor.findParents("special_tokens")) {
      checkPieces(template);
    }
    int written = processor.findValues("type_id").size() + processor.findValues("ids").size();
    if (written > MAX_TEMPLATE) {
      throw new IllegalArgumentException(
          "its post_processor writes " + written + " tokens, more than " + MAX_TEMPLATE);
    }
  }

  /** Native code looks tokens up in the table, and texts by their number, without asking. */
  private static void checkPieces(JsonNode template) {
    JsonNode table = template.path("special_tokens");
    for (JsonNode token : template.findValues("SpecialToken")) {
      if (!table.has(token.path("id").asText())) {
        throw new IllegalArgumentException(
            "post_processor writes "
                + shown(token.toString())
                + ", which its special_tokens do not have");
      }
    }
    for (JsonNode token : table) {
      if (token.path("ids").size() != token.path("tokens").size()) {
        throw new IllegalArgumentException(
            "expected an id for each token in special_tokens of post_processor, got "
                + shown(token.toString()));
      }
    }
    if (template.path("single").findValues("Sequence").stream()
        .anyMatch(piece -> !piece.path("id").asText().equals("A"))) {
      throw new IllegalArgumentException(
          "post_processor writes a second text where there is one; expected sequence A alone in"
              + " 'single'");
    }
  }

  private static IllegalArgumentException tooMany(int count, String what, int vocabulary) {
    return new IllegalArgumentException(
        "it has "
            + count
            + " "
            + what
            + ", the model has "
            + vocabulary
            + " embeddings; take tokenizer.json and weights of one and the same model");
  }

  private static String shown(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }
}
