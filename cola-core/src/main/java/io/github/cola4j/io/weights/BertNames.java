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
    UnaryOperator<String> plain = withoutPrefix(names, WORDS);
    return name ->
        renamed(renamed(plain.apply(name), "LayerNorm.gamma", "weight"), "LayerNorm.beta", "bias");
  }

  /**
   * Leaves out what stands before the name of a tensor, and before all others that begin so.
   *
   * @param names all names of the files
   * @param tensor one that the encoder has under this name
   */
  public static UnaryOperator<String> withoutPrefix(Collection<String> names, String tensor) {
    String prefix =
        names.stream()
            .filter(name -> name.equals(tensor) || name.endsWith("." + tensor))
            .map(name -> name.substring(0, name.length() - tensor.length()))
            .min(Comparator.comparingInt(String::length))
            .orElse("");
    return name -> name.startsWith(prefix) ? name.substring(prefix.length()) : name;
  }

  private static String renamed(String name, String suffix, String last) {
    return name.endsWith(suffix) ? name.substring(0, name.lastIndexOf('.') + 1) + last : name;
  }
}
