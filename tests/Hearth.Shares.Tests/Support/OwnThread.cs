using System.Runtime.ExceptionServices;

namespace Hearth.Shares.Tests.Support;

/// <summary>A thread for what sets its thread apart: one of the pool's would run other tests afterwards.</summary>
internal static class OwnThread
{
    public static void Run(Action act)
    {
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                act();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }
}
