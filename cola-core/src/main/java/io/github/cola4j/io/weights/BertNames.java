package io.github.cola4j.io.weights;

import java.util.Collection;
import java.util.Comparator;
import java.util.function.UnaryOperator;

/** What the tensors of a BERT are called in the files of the programs that write them. */
public final class BertNames {
  private static final String WORDS = "embeddings.word_embeddings.weight";

  private BertNames() {}

  /**
   * Renames tensors as this project has them: without what stands before {@code
   * embeddings.word_embeddings.weight} ({@code bert.}, {@code 0.auto_model.}), and with
   * TensorFlow's {@code LayerNorm.gamma} and {@code beta} as {@code weight} and {@code bias}.
   *
   * @param names all names of the files
   */
  public static UnaryOperator<String> of(Collection<String> names) {
    String prefix =
        names.stream()
            .filter(name -> name.equals(WORDS) || name.endsWith("." + WORDS))
            .map(name -> name.substring(0, name.length() - WORDS.length()))
            .min(Comparator.comparingInt(String::length))
            .orElse("");
    return name -> {
      String own = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
      return renamed(renamed(own, "LayerNorm.gamma", "weight"), "LayerNorm.beta", "bias");
    };
  }

  private static String renamed(String name, String suffix, String last) {
    return name.endsWith(suffix) ? name.substring(0, name.lastIndexOf('.') + 1) + last : name;
  }
}
