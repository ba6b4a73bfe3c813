package io.github.cola4j.nn.kernels.cuda;

/**
 * A frozen W [out × in] in a device's memory, row by row.
 *
 * @param form what its elements are
 * @param data the address of its elements
 * @param scales the address of float32 scales, a row or a block of elements; 0 for none
 * @param values the address of the values of codes; 0 for none
 * @param block how many elements have a scale together; 0 for a row
 */
record DeviceWeight(Form form, long data, long scales, long values, int block) {

  /** What an element is. */
  enum Form {
    FLOAT32(4),
    BFLOAT16(2),
    FLOAT16(2),
    INT8(1),
    NF4(0);

    private final int width;

    Form(int width) {
      this.width = width;
    }

    /** Bytes of an element; 0 where it has less than one. */
    int width() {
      return width;
    }
  }
}
