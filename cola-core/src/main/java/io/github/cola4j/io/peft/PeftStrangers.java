package io.github.cola4j.io.peft;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What tensors are that an adapter of HF PEFT can have and CoLA4J cannot use. */
final class PeftStrangers {
  /** A part of a network by the names it has in many of them. */
  private record Kind(Pattern name, String why) {
    Kind(String names, String why) {
      this(Pattern.compile("(?:.*\\.)?(?:" + names + ")"), why);
    }
  }

  private static final List<Kind> KINDS =
      List.of(
          new Kind(
              "(?:embed_tokens|word_embeddings|position_embeddings|token_type_embeddings|wte|wpe)",
              "it changes the embeddings, which stay frozen in CoLA4J; train without them, or if"
                  + " only the vocabulary was resized, save with save_embedding_layers=False"),
          new Kind(
              "(?:lm_head|embed_out)",
              "it changes the output layer, which stays frozen in CoLA4J; train without it, or if"
                  + " only the vocabulary was resized, save with save_embedding_layers=False"),
          new Kind(
              "score",
              "it is the head of a sequence classifier on a decoder, and decoders are language"
                  + " models in CoLA4J; train a classifier on a BERT, or the labels as answers"));

  private static final Pattern NAMED =
      Pattern.compile("(.+\\.lora_[AB])\\.([^.]+)\\.weight|(.+\\.ia3_l)\\.([^.]+)");

  private PeftStrangers() {}

  /**
   * Why a tensor cannot be used.
   *
   * @param name without PEFT's wrapping
   * @param otherwise the reason if it is none of those known
   */
  static String why(String name, String otherwise) {
    String module = module(name);
    for (Kind kind : KINDS) {
      if (kind.name.matcher(module).matches()) {
        return kind.why;
      }
    }
    Matcher named = NAMED.matcher(name);
    if (named.matches()) {
      String adapter = named.group(2) == null ? named.group(4) : named.group(2);
      return "it has the name of an adapter in it, '"
          + adapter
          + "', which save_pretrained leaves out; save the adapter with it";
    }
    return otherwise;
  }

  /** Why a module cannot be trained as a whole. */
  static String whySaved(String module, String otherwise) {
    return why(module + ".weight", otherwise);
  }

  private static String module(String name) {
    return name.replaceFirst(
        "\\.(?:weight|bias|lora_[AB]\\..*|lora_embedding_[AB].*|lora_magnitude_vector.*"
            + "|ia3_l.*|miss_block.*|token_adapter\\..*)$",
        "");
  }
}
