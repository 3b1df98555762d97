namespace Hearth.Containers.Specification;

/// <summary>docker's limits for the values of limits.</summary>
public static class ResourceChecks
{
    // The kernel's and docker's, in microseconds.
    private const ulong LeastPeriod = 1000;
    private const ulong MostPeriod = 1_000_000;
    private const long LeastQuota = 1000;

    private const ushort LeastIoWeight = 10;
    private const ushort MostIoWeight = 1000;

    private const int MostScore = 1000;

    /// <exception cref="FormatException">A value is out of its range; 0 and null are not set.</exception>
    public static void Check(ResourcesSpec resources)
    {
        CpuSpec? cpu = resources.Cpu;
        Require(cpu?.Period is null or 0 or (>= LeastPeriod and <= MostPeriod), $"invalid period of processor time {cpu?.Period}: it must be from {LeastPeriod} to {MostPeriod} microseconds");
        Require(cpu?.Quota is null or <= 0 or >= LeastQuota, $"invalid quota of processor time {cpu?.Quota}: it must be at least {LeastQuota} microseconds");
        Require(
            !(resources.Memory is { Limit: > 0 and var limit, Reservation: > 0 and var reservation } && reservation > limit),
            $"invalid memory reservation {resources.Memory?.Reservation}: it must not be more than the memory limit, {resources.Memory?.Limit}");
        foreach (ushort? weight in (ushort?[])[resources.BlockIo?.Weight, .. (resources.BlockIo?.WeightDevice ?? []).Select(device => device.Weight)])
        {
            Require(weight is null or 0 or (>= LeastIoWeight and <= MostIoWeight), $"invalid weight of disk requests {weight}: it must be from {LeastIoWeight} to {MostIoWeight}, or 0 for none");
        }
    }

    /// <exception cref="FormatException">It is out of the kernel's range.</exception>
    public static int CheckScore(long score) => score is >= -MostScore and <= MostScore
        ? (int)score
        : throw new FormatException($"invalid score for out of memory {score}: it must be from -{MostScore} to {MostScore}");

    private static void Require(bool isValid, FormattableString refusal)
    {
        if (!isValid)
        {
            throw new FormatException(FormattableString.Invariant(refusal));
        }
    }
}
