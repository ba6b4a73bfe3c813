package io.github.cola4j.spark.data;

import io.github.cola4j.data.Example;
import io.github.cola4j.data.image.ImageBytes;
import io.github.cola4j.data.image.ImageDecoder;
import io.github.cola4j.spark.data.image.ImageFormat;
import io.github.cola4j.spark.data.row.RowRule;
import io.github.cola4j.spark.data.row.SparkImages;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A labelled image: its column holds bytes that can be decoded, which this tries, so that an image
 * that is damaged costs its row and not the job.
 *
 * @param columns the columns read, of them that of an image
 * @param label what a row's label may be; null where the label's column is not looked at
 */
record ImageRule(Columns columns, LabelRule label) implements RowRule<Example> {

  @Override
  public Map<String, String> required(Collection<String> present) {
    return columns.required(label != null);
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
    String its = label == null ? null : label.of(values);
    double weight =
        label != null && columns.weight() != null
            ? ExampleRule.weight(values, columns.weight())
            : 1;
    String name =
        values.of(ImageFormat.PATH) instanceof String path && !path.isBlank() ? path : null;
    return Example.of(new ImageBytes(content), name, its, weight);
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
  public List<String> labels(Example example) {
    return label == null ? List.of() : label.labels(example.label());
  }
}
