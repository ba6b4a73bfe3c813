package io.github.cola4j.spark.data.row;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.spark.data.file.FolderColumns;
import java.io.Serializable;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The rule of a file some of whose columns are its folders': what these say is a value of all its
 * rows.
 *
 * @param rule what a row must have
 * @param folders the folders' columns that the file itself does not have; values may be null
 */
public record FolderRule<T extends Serializable>(RowRule<T> rule, Map<String, String> folders)
    implements ForwardingRule<T> {

  /**
   * The rule for a file: of a column that both file and folder have, it is the file's that counts.
   *
   * @param folders {@link FolderColumns} of the file
   * @param present the file's columns
   */
  public static <T extends Serializable> RowRule<T> of(
      RowRule<T> rule, Map<String, String> folders, Collection<String> present) {
    Map<String, String> added = new LinkedHashMap<>(folders);
    added.keySet().removeAll(present);
    return added.isEmpty() ? rule : new FolderRule<>(rule, added);
  }

  @Override
  public Map<String, String> required(Collection<String> present) {
    Set<String> all = new LinkedHashSet<>(present);
    all.addAll(folders.keySet());
    Map<String, String> required = new LinkedHashMap<>(rule.required(all));
    required.values().removeAll(folders.keySet());
    return required;
  }

  @Override
  public List<String> remarks(Values values, T example) {
    return rule.remarks(with(values), example);
  }

  @Override
  public T apply(Values values) throws BadRowException {
    return rule.apply(with(values));
  }

  @Override
  public ReadRow<T> read(String file, long line, Values values, Supplier<String> content) {
    return rule.read(file, line, with(values), content);
  }

  private Values with(Values values) {
    return new Values() {
      @Override
      public byte[] bytes(String column) {
        return values.bytes(column);
      }

      @Override
      public Object of(String column) {
        return folders.containsKey(column) ? folders.get(column) : values.of(column);
      }

      @Override
      public void all(ObjectNode target) {
        values.all(target);
        folders.forEach(target::put);
      }

      @Override
      public String whenNull() {
        return values.whenNull();
      }
    };
  }
}
