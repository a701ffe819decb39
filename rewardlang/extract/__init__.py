"""What leaves the kernel: functions of the host, asked between two kernels, on whole batches."""
