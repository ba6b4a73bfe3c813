package io.github.cola4j.spark.data;

import io.github.cola4j.data.Example;
import io.github.cola4j.data.image.ImageBytes;
import io.github.cola4j.data.image.ImageDecoder;
import io.github.cola4j.spark.data.image.ImageFormat;
import io.github.cola4j.spark.data.row.SparkImages;
import io.github.cola4j.spark.data.row.RowRule;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A labelled image: its column holds bytes that can be decoded, which this tries, so that an image
 * that is damaged costs its row and not the job.
 *
 * @param columns the columns read, of them that of an image
 * @param labelled whether a row needs a label; if not, the label's column is not looked at
 */
record ImageRule(Columns columns, boolean labelled) implements RowRule<Example> {

  @Override
  public Map<String, String> required(Collection<String> present) {
    return columns.required(labelled);
  }

  /** What the image is called. */
  @Override
  public List<String> optional() {
    return List.of(ImageFormat.PATH);
  }

  @Override
  public Set<String> notKept() {
    return Set.of(columns.image());
  }

  @Override
  public Example apply(Values values) throws BadRowException {
    byte[] content = content(values);
    String label = labelled ? RowRule.text(values, columns.label()) : null;
    double weight =
        labelled && columns.weight() != null ? ExampleRule.weight(values, columns.weight()) : 1;
    String name =
        values.of(ImageFormat.PATH) instanceof String path && !path.isBlank() ? path : null;
    return Example.of(new ImageBytes(content), name, label, weight);
  }

  private byte[] content(Values values) throws BadRowException {
    String what = "column '" + columns.image() + "' ";
    byte[] content = values.bytes(columns.image());
    if (content == null) {
      throw new BadRowException(
          what
              + (values.of(columns.image()) == null
                  ? values.whenNull()
                  : "has no bytes; expected a PNG or JPEG, or a struct of Spark's image source"));
    }
    try {
      byte[] file = SparkImages.file(content);
      ImageDecoder.decode(file);
      return file;
    } catch (IllegalArgumentException e) {
      int colon = e.getMessage().indexOf(':');
      throw new BadRowException(
          what + (colon < 0 ? e.getMessage() : e.getMessage().substring(0, colon)),
          what + e.getMessage());
    }
  }

  @Override
  public String label(Example example) {
    return example.label();
  }
}
