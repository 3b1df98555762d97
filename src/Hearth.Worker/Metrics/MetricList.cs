using Hearth.Rendering.Metrics;

namespace Hearth.Worker.Metrics;

/// <summary>All metrics. docs/metrics.md describes the same ones; a test compares both with the output.</summary>
internal static class MetricList
{
    public static readonly Metric Build = new("hearth_build_info", MetricKind.Gauge, "Always 1; the label has the version of hearthd", "version");

    public static readonly Metric ProcessorTime = new("hearth_process_cpu_seconds_total", MetricKind.Counter, "Processor time of hearthd");
    public static readonly Metric ResidentMemory = new("hearth_process_resident_memory_bytes", MetricKind.Gauge, "Resident memory of hearthd");
    public static readonly Metric OpenFiles = new("hearth_process_open_fds", MetricKind.Gauge, "Open descriptors of hearthd");
    public static readonly Metric StartTime = new("hearth_process_start_time_seconds", MetricKind.Gauge, "When hearthd started, in seconds since 1970");

    public static readonly Metric Containers = new("hearth_containers", MetricKind.Gauge, "Containers by state", "state");
    public static readonly Metric Starts = new("hearth_starts_total", MetricKind.Counter, "Starts of containers; of a failed one the process never ran, a refused one had no place, no turn in time, or came during a drain", "result");
    public static readonly Metric Queue = new("hearth_queued_starts", MetricKind.Gauge, "Starts that wait for their turn");
    public static readonly Metric Capacity = new("hearth_capacity_bytes", MetricKind.Gauge, "Memory that hearthd gives to machines");
    public static readonly Metric CapacityUsed = new("hearth_capacity_used_bytes", MetricKind.Gauge, "Memory that machines have of it, as they were promised");
    public static readonly Metric StartSeconds = new("hearth_start_seconds", MetricKind.Histogram, "Time from the request of a start until the process runs");
    public static readonly Metric PhaseSeconds = new("hearth_start_phase_seconds", MetricKind.Histogram, "Time of each phase of a container's life", "phase");
    public static readonly Metric Exits = new("hearth_exits_total", MetricKind.Counter, "Containers whose process ended, by its exit code", "result");
    public static readonly Metric OutOfMemory = new("hearth_oom_kills_total", MetricKind.Counter, "Times that a guest's kernel ended a process because memory ran out");
    public static readonly Metric Errors = new("hearth_errors_total", MetricKind.Counter, "Requests that failed, by the kind of the error", "error");

    public static readonly Metric Roots = new("hearth_roots_total", MetricKind.Counter, "Roots of started containers, by how they came to the machine", "way");
    public static readonly Metric RootCache = new("hearth_root_cache_total", MetricKind.Counter, "Roots of started containers, by whether the cache had them", "result");
    public static readonly Metric Fallbacks = new("hearth_fallbacks_total", MetricKind.Counter, "Times that a slower way was taken", "reason");
    public static readonly Metric RootSize = new("hearth_root_size_bytes_total", MetricKind.Counter, "Bytes of all files in the roots of started containers");
    public static readonly Metric RootRead = new("hearth_root_read_bytes_total", MetricKind.Counter, "Bytes of files that guests have read of their roots");
    public static readonly Metric RootFaults = new("hearth_root_faults_total", MetricKind.Counter, "Reads of roots that failed because the source had changed or could not be read");
    public static readonly Metric ReadSeconds = new("hearth_fuse_read_seconds", MetricKind.Histogram, "Time in which the host answered a read of a lazy root");

    public static readonly Metric Fetched = new("hearth_fetched_bytes_total", MetricKind.Counter, "Compressed bytes of images fetched by pulls of this API, and while containers ran");
    public static readonly Metric FetchSeconds = new("hearth_fetch_seconds", MetricKind.Histogram, "Time of requests to registries by pulls of this API, and while containers ran");
    public static readonly Metric FetchErrors = new("hearth_fetch_errors_total", MetricKind.Counter, "Requests to registries that failed, by pulls of this API and while containers ran");
    public static readonly Metric FetchWaits = new("hearth_fetch_wait_seconds", MetricKind.Summary, "Time that reads of guests waited for registries");

    public static readonly Metric Denied = new("hearth_denied_connections_total", MetricKind.Counter, "Packets and name queries that egress policies denied");
    public static readonly Metric Backlog = new("hearth_channel_backlog_bytes", MetricKind.Gauge, "Bytes that wait in the channels to guests");

    public static readonly Metric KeeperMemory = new("hearth_keeper_memory_bytes", MetricKind.Gauge, "Resident memory of all keepers");
    public static readonly Metric MachineMemory = new("hearth_machine_memory_bytes", MetricKind.Gauge, "Resident memory of all virtual machine monitors");
    public static readonly Metric SilentKeepers = new("hearth_silent_keepers", MetricKind.Gauge, "Keepers that are stopped, or did not answer in time");

    public static readonly Metric Disk = new("hearth_disk_bytes", MetricKind.Gauge, "Disk space by what uses it, at most a minute old", "kind");
    public static readonly Metric DiskFree = new("hearth_disk_free_bytes", MetricKind.Gauge, "Free space of the file system with the state directory");
    public static readonly Metric DiskSize = new("hearth_disk_size_bytes", MetricKind.Gauge, "Size of the file system with the state directory");
    public static readonly Metric HostMemory = new("hearth_host_memory_bytes", MetricKind.Gauge, "Memory of the host");
    public static readonly Metric HostMemoryAvailable = new("hearth_host_memory_available_bytes", MetricKind.Gauge, "Memory of the host that programs can still take without swapping");

    public static readonly Metric ContainerProcessorTime = new("hearth_container_cpu_seconds_total", MetricKind.Counter, "Processor time of a container's virtual machine monitor", "id", "name");
    public static readonly Metric ContainerMemory = new("hearth_container_memory_bytes", MetricKind.Gauge, "Resident memory of a container's virtual machine monitor and keeper", "id", "name");
    public static readonly Metric ContainerRead = new("hearth_container_read_bytes_total", MetricKind.Counter, "Bytes of files that the container has read of its root in this run", "id", "name");
}
