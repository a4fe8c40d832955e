// A counter that goes up or down, with a synchronous reset.
module counter(input wire clk, input wire reset, input wire up, output reg [7:0] count, output wire zero);
  always @(posedge clk)
    if (reset) count <= 0;
    else if (up) count <= count + 1;
    else count <= count - 1;
  assign zero = count == 0;
endmodule
